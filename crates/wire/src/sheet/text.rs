//! Text files as a stream of UTF-8: whatever the file's encoding, in flat memory.

use std::io::{self, Read, Seek, SeekFrom};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1252};

use super::{MAX_LINE_BYTES, SheetError};

const CHUNK: usize = 64 * 1024;
/// Enough for the detector to tell Western from Central European.
const DETECT_BYTES: usize = 1024 * 1024;

/// Reads UTF-8 as it is (rows check it, so that an error can name its line) and turns everything else into UTF-8.
pub(super) struct Decoded<R> {
    source: R,
    /// The decoder, the bytes waiting for it, and where they begin. `None` for UTF-8.
    decoder: Option<(Decoder, Vec<u8>, usize)>,
    source_ended: bool,
    finished: bool,
}

impl<R: Read> Decoded<R> {
    /// `source` stands behind the byte order mark.
    pub fn new(source: R, encoding: &'static Encoding) -> Self {
        let decoder = (encoding != UTF_8).then(|| {
            (
                encoding.new_decoder_without_bom_handling(),
                Vec::with_capacity(CHUNK),
                0,
            )
        });
        Self {
            source,
            decoder,
            source_ended: false,
            finished: false,
        }
    }

    /// Fills the beginning of `out` (at least 16 bytes long); 0 only at the end.
    pub fn fill(&mut self, out: &mut [u8]) -> io::Result<usize> {
        debug_assert!(out.len() >= 16);
        let Some((decoder, waiting, at)) = &mut self.decoder else {
            return read_some(&mut self.source, out);
        };
        while !self.finished {
            if *at == waiting.len() && !self.source_ended {
                waiting.resize(CHUNK, 0);
                let n = read_some(&mut self.source, waiting)?;
                waiting.truncate(n);
                *at = 0;
                self.source_ended = n == 0;
            }
            let (result, read, written, _) = decoder.decode_to_utf8(&waiting[*at..], out, self.source_ended);
            *at += read;
            self.finished = self.source_ended && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

/// One read that is not stopped by a signal.
fn read_some(source: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(out) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// The encoding of a text file and the length of its byte order mark.
///
/// Without a mark the whole file is looked at once: an export may hold its first umlaut in row 90,000.
pub(super) fn detect<S: Read + Seek>(
    source: &mut S,
    head: &[u8],
    hint: Option<&str>,
) -> Result<(&'static Encoding, u64), SheetError> {
    let marked = Encoding::for_bom(head).map(|(encoding, length)| (encoding, length as u64));
    if let Some(label) = hint.map(str::trim).filter(|label| !label.is_empty()) {
        let encoding = Encoding::for_label_no_replacement(label.as_bytes())
            .ok_or_else(|| SheetError::UnknownEncoding(super::error::excerpt(label)))?;
        return Ok((encoding, marked.filter(|m| m.0 == encoding).map_or(0, |m| m.1)));
    }
    if let Some(found) = marked {
        return Ok(found);
    }
    if let Some(encoding) = utf16_without_mark(head) {
        return Ok((encoding, 0));
    }
    if is_binary(head) {
        return Err(SheetError::Binary);
    }
    source.seek(SeekFrom::Start(0))?;
    Ok((scan(source)?, 0))
}

/// Text of our alphabets in UTF-16 has a zero in nearly every second byte.
fn utf16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.len() / 2;
    if pairs < 2 {
        return None;
    }
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|b| **b == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    if second * 10 > pairs * 6 && first * 10 < pairs {
        Some(UTF_16LE)
    } else if first * 10 > pairs * 6 && second * 10 < pairs {
        Some(UTF_16BE)
    } else {
        None
    }
}

fn is_binary(head: &[u8]) -> bool {
    let odd = head
        .iter()
        .filter(|b| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0x1a | 0x1b))
        .count();
    head.contains(&0) || odd * 50 > head.len()
}

/// UTF-8 when the file is that, or is that but for a few damaged places; else the code page of a Windows office.
fn scan(source: &mut impl Read) -> Result<&'static Encoding, SheetError> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let (mut fed, mut good, mut bad) = (0usize, 0usize, 0usize);
    let mut line_length = 0u64;
    let mut chunk = vec![0; CHUNK];
    let mut kept = 0;
    loop {
        let n = read_some(source, &mut chunk[kept..])?;
        let filled = kept + n;
        let (chunk_good, chunk_bad, rest) = count_sequences(&chunk[..filled], n == 0);
        good += chunk_good;
        bad += chunk_bad;
        if chunk_good + chunk_bad > 0 && fed < DETECT_BYTES {
            detector.feed(&chunk[..filled - rest], false);
            fed += filled;
        }
        line_length = match memchr::memrchr2(b'\n', b'\r', &chunk[..filled]) {
            Some(at) => (filled - at) as u64,
            None => line_length + n as u64,
        };
        // What follows is refused by the row reader; no need to read gigabytes to find out.
        if n == 0 || line_length > MAX_LINE_BYTES || (bad > 1000 && good < bad) {
            break;
        }
        chunk.copy_within(filled - rest..filled, 0);
        kept = rest;
    }
    if bad == 0 || good >= bad {
        return Ok(UTF_8);
    }
    detector.feed(b"", true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    let central = guess == WINDOWS_1250 || guess == encoding_rs::ISO_8859_2;
    Ok(if central { guess } else { WINDOWS_1252 })
}

/// How many characters beyond ASCII are good UTF-8, how many bytes are not, and how many at the end wait for more.
fn count_sequences(mut bytes: &[u8], last: bool) -> (usize, usize, usize) {
    let (mut good, mut bad) = (0, 0);
    let leads = |part: &[u8]| part.iter().filter(|b| **b >= 0xc0).count();
    loop {
        match std::str::from_utf8(bytes) {
            Ok(_) => return (good + leads(bytes), bad, 0),
            Err(error) => {
                let (valid, rest) = bytes.split_at(error.valid_up_to());
                good += leads(valid);
                match error.error_len() {
                    Some(length) => {
                        bad += 1;
                        bytes = &rest[length..];
                    }
                    None if last => return (good, bad + 1, 0),
                    None => return (good, bad, rest.len()),
                }
            }
        }
    }
}
