//! The encoding that SSH has for everything (RFC 4251, section 5).

/// Reads from the front of some bytes; nothing when they end too early.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// That many bytes as they are.
    pub fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    pub fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.bytes(4)?.try_into().ok()?))
    }

    /// A string, which need not be text; also an `mpint`, whose first byte may be a zero that
    /// stands for its sign.
    pub fn string(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.bytes(usize::try_from(length).ok()?)
    }

    /// A positive `mpint`, without zeroes before it.
    pub fn integer(&mut self) -> Option<&'a [u8]> {
        Some(unsigned(self.string()?))
    }
}

/// Without zeroes before it.
pub(super) fn unsigned(integer: &[u8]) -> &[u8] {
    let zeroes = integer.iter().take_while(|byte| **byte == 0).count();
    &integer[zeroes..]
}

/// Adds a string.
pub(super) fn put(message: &mut Vec<u8>, string: &[u8]) {
    put_number(message, string.len());
    message.extend_from_slice(string);
}

/// Adds a positive `mpint`.
pub(super) fn put_integer(message: &mut Vec<u8>, integer: &[u8]) {
    let integer = unsigned(integer);
    let sign = usize::from(integer.first().is_some_and(|byte| byte & 0x80 != 0));
    put_number(message, sign + integer.len());
    message.extend(std::iter::repeat_n(0, sign));
    message.extend_from_slice(integer);
}

/// Adds a number. Those that do not fit are of messages that nobody takes.
pub(super) fn put_number(message: &mut Vec<u8>, number: usize) {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    message.extend_from_slice(&number.to_be_bytes());
}
