//! The key of this installation: it seals what is stored and read again, such as links that wait in the outbox.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use guildhall_core::Entropy;

use crate::failure::{Failure, Outcome};
use crate::settings::Settings;

/// From the settings, or from the file `secret.key` of the data folder, which is made if it is not there.
pub fn load(settings: &Settings) -> Outcome<[u8; 32]> {
    if let Some(text) = &settings.secret_key {
        return parse(text).ok_or_else(|| {
            Failure::wrong(
                "The setting \"secret_key\" must be 64 hexadecimal digits. Make one with: openssl rand -hex 32",
            )
        });
    }
    let file = settings.data.join("secret.key");
    let shown = file.display();
    let mut new = [0; 32];
    Entropy::system().fill(&mut new);
    let made = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file);
    if let Ok(mut made) = made {
        made.write_all(hex::encode(new).as_bytes())
            .and_then(|()| made.sync_all())
            .map_err(|error| Failure::failed(format!("The key {shown} can't be written: {error}")))?;
        return Ok(new);
    }
    let text = fs::read_to_string(&file)
        .map_err(|error| Failure::failed(format!("The key {shown} can't be read: {error}")))?;
    parse(&text).ok_or_else(|| {
        Failure::failed(format!(
            "The key {shown} is damaged: bring it back from a backup. Without it, links that wait in the outbox are lost."
        ))
    })
}

fn parse(text: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    hex::decode_to_slice(text.trim(), &mut key).ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_64_hexadecimal_digits() {
        let key = [0xa5; 32];
        assert_eq!(parse(&format!(" {}\n", hex::encode(key))), Some(key));
        for text in ["", "a5", &"x".repeat(64), &"é".repeat(32), &"a".repeat(65)] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
