//! Sizes, as `docker` reads them (package `go-units`, `RAMInBytes`).

use super::value::Expected;

/// A size in bytes: a number, which may have a fraction, and a binary unit.
pub(super) fn parse(text: &str) -> Result<i64, Expected> {
    const EXPECTED: Expected = "a size such as `512m` or `2g`";
    let lower = text.to_ascii_lowercase();
    let lower = lower.strip_suffix("ib").unwrap_or(&lower);
    let lower = lower.strip_suffix('b').unwrap_or(lower);
    let shift = match lower.chars().last() {
        Some('k') => 10,
        Some('m') => 20,
        Some('g') => 30,
        Some('t') => 40,
        _ => 0,
    };
    let digits = if shift == 0 {
        lower
    } else {
        lower.get(..lower.len() - 1).unwrap_or_default()
    };
    scaled(digits.trim_end(), shift)
        .filter(|bytes| *bytes > 0)
        .ok_or(EXPECTED)
}

/// `digits * 2^shift`, rounded down.
fn scaled(digits: &str, shift: u32) -> Option<i64> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > 9 {
        return None;
    }
    let unit = 1_i128 << shift;
    let tenths = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let parts = if fraction.is_empty() {
        0
    } else {
        fraction.parse::<i128>().ok()?
    };
    let bytes = whole.parse::<i64>().ok()?;
    let bytes = i128::from(bytes) * unit + parts * unit / tenths;
    i64::try_from(bytes).ok()
}
