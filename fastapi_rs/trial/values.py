"""Values for a JSON Schema, the same ones for the same seed.

Hypothesis draws them where `hypothesis-jsonschema` is installed (`pip install 'fastapi-rs[trial]'`); elsewhere a small
generator does, which knows the keywords that an application of FastAPI writes.
"""

from __future__ import annotations

import random
from typing import Any, Dict, List, Optional

_DEPTH = 4
_FORMATS = {
    "date": "2024-02-29",
    "date-time": "2024-02-29T12:30:00Z",
    "time": "12:30:00",
    "duration": "P1DT2H",
    "uuid": "6f1ed002-ab59-4d3f-8d1e-0c5a8a6c6f01",
    "email": "a.user@example.com",
    "uri": "https://example.com/a?b=c",
    "ipv4": "192.0.2.7",
    "ipv6": "2001:db8::7",
    "binary": "content",
    "byte": "Y29udGVudA==",
}
_WORDS = ("a", "item", "Zoë", "two words", "x" * 40, "0", "100%", "a/b", "a+b&c=d", "")


class Values:
    """Draws values for the schemas of one document."""

    def __init__(self, document: Dict[str, Any], seed: str) -> None:
        self._document = document
        self._random = random.Random(seed)
        self.generator = "hypothesis" if _has_hypothesis() else "own"

    def draw(self, schema: Any, count: int) -> List[Any]:
        """Return values that the schema allows."""
        if self.generator == "hypothesis":
            found = _from_hypothesis(self._resolved(schema), count, self._random.getrandbits(32))
            if found:
                return [found[index % len(found)] for index in range(count)]
        return [self.value(schema) for _ in range(count)]

    def choose(self, choices: Any) -> Any:
        return self._random.choice(list(choices))

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _resolved(self, schema: Any) -> Any:
        """Return a schema that stands alone: Hypothesis finds the components of the document inside of it."""
        if not isinstance(schema, dict):
            return schema
        return {**schema, "components": self._document.get("components", {})}

    def value(self, schema: Any, depth: int = 0) -> Any:
        if not isinstance(schema, dict) or not schema:
            return self.choose(("text", 7, True, None, {"key": 1}, [1]))
        if "$ref" in schema:
            return self.value(self._target(schema["$ref"]), depth + 1)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.choose(schema["enum"])
        if schema.get("examples") and self.chance(0.3):
            return self.choose(schema["examples"])
        for key in ("anyOf", "oneOf"):
            if schema.get(key):
                return self.value(self._branch(schema[key], depth), depth)
        if schema.get("allOf"):
            return self._all_of(schema["allOf"], depth)
        return self._of_type(schema, depth)

    def _branch(self, branches: List[Any], depth: int) -> Any:
        simple = [branch for branch in branches if isinstance(branch, dict) and branch.get("type") == "null"]
        return simple[0] if depth > _DEPTH and simple else self.choose(branches)

    def _all_of(self, parts: List[Any], depth: int) -> Any:
        values = [self.value(part, depth) for part in parts]
        if all(isinstance(value, dict) for value in values):
            return {key: value for each in values for key, value in each.items()}
        return values[-1]

    def _of_type(self, schema: Dict[str, Any], depth: int) -> Any:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = self.choose(kind)
        if kind == "object" or (kind is None and "properties" in schema):
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        if kind in ("integer", "number"):
            return self._number(schema, kind == "integer")
        if kind == "boolean":
            return self.chance(0.5)
        if kind == "null":
            return None
        return self._text(schema)

    def _object(self, schema: Dict[str, Any], depth: int) -> Dict[str, Any]:
        required = schema.get("required", [])
        found = {}
        for name, part in schema.get("properties", {}).items():
            if name in required or (depth < _DEPTH and self.chance(0.6)):
                found[name] = self.value(part, depth + 1)
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict) and depth < _DEPTH and not found:
            found["key"] = self.value(extra, depth + 1)
        return found

    def _array(self, schema: Dict[str, Any], depth: int) -> List[Any]:
        least = schema.get("minItems", 0)
        count = (
            least if depth > _DEPTH else self._random.randint(least, min(schema.get("maxItems", least + 3), least + 3))
        )
        prefix = schema.get("prefixItems", [])
        parts = [prefix[index] if index < len(prefix) else schema.get("items", {}) for index in range(count)]
        return [self.value(part, depth + 1) for part in parts]

    def _number(self, schema: Dict[str, Any], whole: bool) -> Any:
        low = schema.get("minimum", schema.get("exclusiveMinimum", schema.get("maximum", 100) - 100))
        high = schema.get("maximum", schema.get("exclusiveMaximum", low + 100))
        step = schema.get("multipleOf")
        if step:
            return step * self._random.randint(int(low // step) + 1, max(int(high // step), int(low // step) + 1))
        if whole:
            low += "exclusiveMinimum" in schema
            high -= "exclusiveMaximum" in schema
            return self._random.randint(int(low), max(int(high), int(low)))
        return round(self._random.uniform(low, high), 3)

    def _text(self, schema: Dict[str, Any]) -> str:
        known = _FORMATS.get(str(schema.get("format")))
        if known is not None:
            return known
        text: str = self.choose(_WORDS)
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        longer: str = text + "y" * max(least - len(text), 0)
        return longer if most is None else longer[:most]

    def _target(self, reference: str) -> Any:
        found: Any = self._document
        for part in reference.lstrip("#/").split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, dict) else {}
        return found


def _has_hypothesis() -> bool:
    from importlib.util import find_spec

    return find_spec("hypothesis_jsonschema") is not None


def _from_hypothesis(schema: Any, count: int, seed: int) -> Optional[List[Any]]:
    """Return drawn values, or None for a schema that hypothesis-jsonschema refuses."""
    import warnings

    import hypothesis
    from hypothesis_jsonschema import from_schema

    found: List[Any] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            strategy = from_schema(schema)

            @hypothesis.seed(seed)
            @hypothesis.settings(
                database=None,
                max_examples=count,
                phases=[hypothesis.Phase.generate],
                suppress_health_check=list(hypothesis.HealthCheck),  # pyright: ignore[reportArgumentType]
                deadline=None,
            )
            @hypothesis.given(strategy)
            def collect(value: Any) -> None:
                found.append(value)

            collect()
    except Exception:
        return None
    return found
