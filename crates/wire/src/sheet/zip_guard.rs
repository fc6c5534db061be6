//! The look into a workbook before anything is unpacked for good: what its directory declares, then what really comes
//! out, byte by byte and thrown away, so that a zip bomb costs time up to the cap and no memory.

use std::io::{Read, Seek};

use zip::ZipArchive;

use super::{MAX_CELL_MARKUP, SheetError, XLSX_MAX_LOADED, XLSX_MAX_PARTS, XLSX_MAX_UNZIPPED, kind};

/// Refuses what is no workbook, is encrypted, or unpacks to more than the caps.
pub(super) fn check<S: Read + Seek>(source: &mut S) -> Result<(), SheetError> {
    let mut archive = ZipArchive::new(&mut *source).map_err(|e| damaged(&e))?;
    if archive.len() > XLSX_MAX_PARTS {
        return Err(SheetError::Damaged(format!(
            "it has more than {XLSX_MAX_PARTS} parts"
        )));
    }
    let names: Vec<String> = archive
        .file_names_raw()
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    if !names
        .iter()
        .any(|name| name.eq_ignore_ascii_case("xl/workbook.xml"))
    {
        return Err(kind::other_zip(names.iter().map(String::as_str)));
    }
    let mut declared = 0u64;
    for index in 0..archive.len() {
        declared = declared.saturating_add(archive.by_index_raw(index).map_err(|e| damaged(&e))?.size());
        if declared > XLSX_MAX_UNZIPPED {
            return Err(too_large(XLSX_MAX_UNZIPPED));
        }
    }
    let (mut total, mut loaded) = (0u64, 0u64);
    let mut chunk = vec![0; 64 * 1024];
    for (index, name) in names.iter().enumerate() {
        let mut part = archive.by_index(index).map_err(|e| damaged(&e))?;
        if part.encrypted() {
            return Err(SheetError::Encrypted);
        }
        let name = name.to_ascii_lowercase().replace('\\', "/");
        let media = name.starts_with("xl/media/");
        // Everything but the sheets themselves is held in memory while rows are read.
        let held = !media && !name.contains("worksheets/");
        let mut since_tag = 0usize;
        loop {
            let n = part
                .read(&mut chunk)
                .map_err(|e| SheetError::Damaged(super::error::excerpt(&e.to_string())))?;
            if n == 0 {
                break;
            }
            total += n as u64;
            loaded += if held { n as u64 } else { 0 };
            if total > XLSX_MAX_UNZIPPED {
                return Err(too_large(XLSX_MAX_UNZIPPED));
            }
            if loaded > XLSX_MAX_LOADED {
                return Err(too_large(XLSX_MAX_LOADED));
            }
            if media {
                continue;
            }
            since_tag = match memchr::memrchr(b'<', &chunk[..n]) {
                Some(at) => n - at,
                None => since_tag + n,
            };
            if since_tag > MAX_CELL_MARKUP {
                return Err(SheetError::Damaged(
                    "a single cell holds megabytes of text".to_owned(),
                ));
            }
        }
    }
    Ok(())
}

fn too_large(limit: u64) -> SheetError {
    SheetError::TooLarge {
        limit_mb: limit / 1024 / 1024,
    }
}

fn damaged(error: &zip::result::ZipError) -> SheetError {
    SheetError::Damaged(super::error::excerpt(&error.to_string()))
}
