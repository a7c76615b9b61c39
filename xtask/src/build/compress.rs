//! The compressed siblings of a file, made once here so that the server never compresses them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Writes `FILE.br` and `FILE.gz` beside `file`.
pub(crate) fn siblings(file: &Path) -> Result<()> {
    let content = fs::read(file)?;
    fs::write(with_suffix(file, ".br"), brotli(&content)?)?;
    fs::write(with_suffix(file, ".gz"), gzip(&content)?)?;
    Ok(())
}

pub(crate) fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality: 11,
        // 16 MiB, the most that browsers take without large-window brotli.
        lgwin: 24,
        size_hint: content.len(),
        ..BrotliEncoderParams::default()
    };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut out, &parameters)?;
    Ok(out)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    // No name and no time: the same content gives the same bytes.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn the_siblings_hold_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.js");
        let content = "const ordinal = 4;\n".repeat(50);
        fs::write(&file, &content).unwrap();
        siblings(&file).unwrap();
        let br = fs::read(folder.path().join("a.js.br")).unwrap();
        let mut plain = Vec::new();
        brotli::BrotliDecompress(&mut &br[..], &mut plain).unwrap();
        assert_eq!(plain, content.as_bytes());
        let gz = fs::read(folder.path().join("a.js.gz")).unwrap();
        let mut plain = String::new();
        flate2::read::GzDecoder::new(&gz[..]).read_to_string(&mut plain).unwrap();
        assert_eq!(plain, content);
        assert!(br.len() < content.len() && gz.len() < content.len());
    }
}
