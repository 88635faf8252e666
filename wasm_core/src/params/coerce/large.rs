//! Ints beyond 64 bits, held as the digits that marshal writes. They support only the operations that parameters need.

use alloc::vec::Vec;

/// An int beyond 64 bits.
///
/// Invariant: its magnitude does not fit an `i64`, so its sign alone decides whether it is larger than any `i64`.
#[derive(Clone, Debug, PartialEq)]
pub struct Large {
    pub negative: bool,
    /// Digits of 15 bits, least significant first; the highest is not 0.
    digits: Vec<u16>,
}

impl Large {
    /// Converts decimal digits, ignoring every other character (underscores).
    pub fn from_decimal(negative: bool, text: &[u8]) -> Large {
        // Digits of base 2^30, least significant first. Each step multiplies by 10^9 and adds nine decimal digits.
        let mut limbs = Vec::with_capacity(text.len() / 9 + 1);
        let (mut group, mut factor) = (0, 1);
        for digit in text.iter().filter(|byte| byte.is_ascii_digit()) {
            group = group * 10 + u32::from(digit - b'0');
            factor *= 10;
            if factor == 1_000_000_000 {
                multiply_and_add(&mut limbs, factor, group);
                (group, factor) = (0, 1);
            }
        }
        multiply_and_add(&mut limbs, factor, group);
        let mut digits: Vec<u16> =
            limbs.iter().flat_map(|limb| [(limb & 0x7fff) as u16, (limb >> 15) as u16]).collect();
        while digits.last() == Some(&0) {
            digits.pop();
        }
        Large { negative, digits }
    }

    /// Returns the digits as marshal writes them.
    pub fn digits(&self) -> &[u16] {
        &self.digits
    }

    /// Returns whether a positive number divides it.
    pub fn is_multiple_of(&self, divisor: i64) -> bool {
        let divisor = u128::from(divisor.unsigned_abs());
        let remainder = self.digits.iter().rev().fold(0, |rest, &digit| (rest << 15 | u128::from(digit)) % divisor);
        remainder == 0
    }
}

/// Replaces `limbs` with `limbs * factor + added`.
///
/// Invariant: `factor` and `added` are at most 10^9, which is below 2^30, so a carry fits a limb.
fn multiply_and_add(limbs: &mut Vec<u32>, factor: u32, added: u32) {
    let mut carry = u64::from(added);
    for limb in limbs.iter_mut() {
        let value = u64::from(*limb) * u64::from(factor) + carry;
        *limb = (value & 0x3fff_ffff) as u32;
        carry = value >> 30;
    }
    if carry > 0 {
        limbs.push(carry as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn large_ints_equal_u128_arithmetic(value in any::<u128>(), divisor in 1..i64::MAX) {
            let large = Large::from_decimal(true, value.to_string().as_bytes());
            let back = large.digits.iter().rev().fold(0, |back, &digit| back << 15 | u128::from(digit));
            prop_assert_eq!(back, value);
            prop_assert_ne!(large.digits.last(), Some(&0));
            prop_assert_eq!(large.is_multiple_of(divisor), value % divisor as u128 == 0);
            let product = value / (1 << 64) * divisor as u128;
            prop_assert!(Large::from_decimal(false, product.to_string().as_bytes()).is_multiple_of(divisor));
        }
    }
}
