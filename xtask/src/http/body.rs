//! The body of an answer, with its chunks put together.

use std::io::{BufRead, Error, ErrorKind, Read, Result};

/// How the end of a body is known.
enum Framing {
    Length(u64),
    /// Bytes left in the current chunk.
    Chunked {
        left: u64,
        first: bool,
        over: bool,
    },
    ConnectionEnd,
}

/// Reads a body to its end and no further.
pub(crate) struct Body<R> {
    stream: R,
    framing: Framing,
}

impl<R: BufRead> Body<R> {
    pub(super) fn new(stream: R, chunked: bool, length: Option<u64>) -> Self {
        let framing = match length {
            _ if chunked => Framing::Chunked { left: 0, first: true, over: false },
            Some(length) => Framing::Length(length),
            None => Framing::ConnectionEnd,
        };
        Self { stream, framing }
    }

    /// How many bytes may be read now; 0 at the end.
    fn available(&mut self) -> Result<u64> {
        match &mut self.framing {
            Framing::Length(left) => Ok(*left),
            Framing::ConnectionEnd => Ok(u64::MAX),
            Framing::Chunked { over: true, .. } => Ok(0),
            Framing::Chunked { left, first, over } => {
                if *left == 0 {
                    let mut line = String::new();
                    if !*first {
                        // The line end behind the last chunk.
                        self.stream.read_line(&mut line)?;
                        line.clear();
                    }
                    *first = false;
                    self.stream.read_line(&mut line)?;
                    let size = line.trim().split(';').next().unwrap_or_default();
                    *left = u64::from_str_radix(size, 16)
                        .map_err(|_| Error::new(ErrorKind::UnexpectedEof, "the body is cut off"))?;
                    *over = *left == 0;
                }
                Ok(*left)
            }
        }
    }
}

impl<R: BufRead> Read for Body<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let available = self.available()?;
        if available == 0 {
            return Ok(0);
        }
        let most = usize::try_from(available).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.stream.read(&mut buffer[..most])?;
        if let Framing::Length(left) | Framing::Chunked { left, .. } = &mut self.framing {
            if read == 0 {
                return Err(Error::new(ErrorKind::UnexpectedEof, "the body is cut off"));
            }
            *left -= read as u64;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(wire: &str, chunked: bool, length: Option<u64>) -> Result<String> {
        let mut text = String::new();
        Body::new(wire.as_bytes(), chunked, length).read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn each_framing_knows_its_end() {
        assert_eq!(read("abcdef", false, Some(3)).unwrap(), "abc");
        assert_eq!(read("abcdef", false, None).unwrap(), "abcdef");
        assert_eq!(
            read("3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n", true, None).unwrap(),
            "abc0123456789"
        );
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        assert!(read("ab", false, Some(3)).is_err());
        assert!(read("3\r\nab", true, None).is_err());
        assert!(read("3\r\nabc\r\n", true, None).is_err());
    }
}
