//! As much of RFC 6455 as a server needs that sends a few messages and then closes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use sha1::{Digest as _, Sha1};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Answers the client's key. Source: RFC 6455, section 4.2.2.
pub(super) fn accept(key: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(key);
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    STANDARD.encode(hash.finalize())
}

/// Sends binary messages, then says good-bye and waits for the client to hang up.
pub(super) async fn send(connection: Upgraded, messages: Vec<Vec<u8>>) {
    let mut io = TokioIo::new(connection);
    let mut bytes = Vec::new();
    for message in messages {
        frame(0x2, &message, &mut bytes);
    }
    // Close, code 1000.
    frame(0x8, &[0x03, 0xe8], &mut bytes);
    if io.write_all(&bytes).await.is_err() || io.flush().await.is_err() {
        return;
    }
    // What the client still sends (standard input, its own good-bye) is of no use.
    let mut rest = [0; 1024];
    while matches!(io.read(&mut rest).await, Ok(n) if n > 0) {}
}

/// One unmasked final frame. Source: RFC 6455, section 5.2.
fn frame(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(0x80 | opcode);
    let length = payload.len();
    if let Ok(short) = u8::try_from(length)
        && short < 126
    {
        out.push(short);
    } else if let Ok(medium) = u16::try_from(length) {
        out.push(126);
        out.extend_from_slice(&medium.to_be_bytes());
    } else {
        out.push(127);
        out.extend_from_slice(&(length as u64).to_be_bytes());
    }
    out.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handshake_is_that_of_the_rfc() {
        assert_eq!(accept(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn lengths_are_written_in_three_ways() {
        let head = |n: usize| {
            let mut out = Vec::new();
            frame(2, &vec![0; n], &mut out);
            out[..out.len() - n].to_vec()
        };
        assert_eq!(head(125), [0x82, 125]);
        assert_eq!(head(126), [0x82, 126, 0, 126]);
        assert_eq!(head(65_536), [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }
}
