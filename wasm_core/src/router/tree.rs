//! The tree of path segments. Each distinct prefix has one node, and a route is at the node where its template ends.
//!
//! ```text
//! routes: 0 /items   1 /items/{id}   2 /items/{id:int}/tags   3 /static/{rest:path}
//!
//! root -- items (here: 0) -- text (here: 1)
//!                         -- int  -- tags (here: 2)
//!      -- static (rest: 3)
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::template::{End, Segment, Template};
use crate::plan::{MethodSet, ANY_METHOD};

/// The index of a node.
pub type NodeId = u32;

/// The routes of a plan by path. All nodes are in one list; the first is the root.
pub struct Tree {
    pub nodes: Vec<Node>,
}

/// A prefix of templates.
pub struct Node {
    /// The children by literal segment. Invariant: sorted.
    literals: Vec<(Box<[u8]>, NodeId)>,
    /// The child for `[^/]+`.
    pub text: Option<NodeId>,
    /// The child for `[0-9]+`.
    pub int: Option<NodeId>,
    /// The routes whose template ends here, in the order of registration.
    pub here: Vec<Leaf>,
    /// The routes that match any text after the next slash, in the order of registration.
    pub rest: Vec<Leaf>,
    /// The smallest index of a route at or below this node.
    pub min_index: u32,
}

/// A route in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    pub index: u32,
    pub methods: MethodSet,
    /// Whether the core must decline it.
    pub opaque: bool,
}

impl Leaf {
    /// Returns whether the route accepts a method.
    pub fn takes(&self, method: MethodSet) -> bool {
        self.methods & (method | ANY_METHOD) != 0
    }
}

impl Tree {
    pub fn new() -> Self {
        let mut tree = Tree { nodes: Vec::new() };
        tree.add_node();
        tree
    }

    /// Adds a route. The caller adds routes in the order of their index.
    pub fn insert(&mut self, template: &Template, leaf: Leaf) {
        let mut node = 0;
        self.touch(node, leaf.index);
        for segment in &template.segments {
            node = self.child(node, segment);
            self.touch(node, leaf.index);
        }
        match template.end {
            End::Exact => self.nodes[node as usize].here.push(leaf),
            End::Path => self.nodes[node as usize].rest.push(leaf),
            End::Unknown => self.nodes[node as usize].rest.push(Leaf { opaque: true, ..leaf }),
        }
    }

    /// Notes that a route is at or below a node.
    fn touch(&mut self, node: NodeId, index: u32) {
        let min_index = &mut self.nodes[node as usize].min_index;
        *min_index = index.min(*min_index);
    }

    fn add_node(&mut self) -> NodeId {
        self.nodes.push(Node {
            literals: Vec::new(),
            text: None,
            int: None,
            here: Vec::new(),
            rest: Vec::new(),
            min_index: u32::MAX,
        });
        (self.nodes.len() - 1) as NodeId
    }

    /// Returns the child of a node for a segment, and adds it if it is missing.
    fn child(&mut self, parent: NodeId, segment: &Segment) -> NodeId {
        let parent = parent as usize;
        let known = match segment {
            Segment::Str => self.nodes[parent].text,
            Segment::Int => self.nodes[parent].int,
            Segment::Literal(text) => self.nodes[parent].literal(text.as_bytes()),
        };
        known.unwrap_or_else(|| {
            let child = self.add_node();
            self.nodes[parent].set_child(segment, child);
            child
        })
    }
}

impl Node {
    /// Returns the child for a literal segment.
    pub fn literal(&self, segment: &[u8]) -> Option<NodeId> {
        let found = self.literals.binary_search_by(|(text, _)| (**text).cmp(segment));
        found.ok().map(|position| self.literals[position].1)
    }

    fn set_child(&mut self, segment: &Segment, child: NodeId) {
        match segment {
            Segment::Str => self.text = Some(child),
            Segment::Int => self.int = Some(child),
            Segment::Literal(text) => {
                let text = text.as_bytes();
                let position = self.literals.partition_point(|(known, _)| **known < *text);
                self.literals.insert(position, (text.into(), child));
            }
        }
    }
}
