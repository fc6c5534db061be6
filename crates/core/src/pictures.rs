//! Photos of people and the workplace's logo: checked, cut to size and written anew, so that nothing of the file that
//! was sent is ever served.

use std::io::Cursor;

use guildhall_store::{Db, Tx};
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};

use crate::accounts::people;
use crate::accounts::{Account, Plan, ProfileField, Verb};
use crate::ids::{AccountId, FileId, WorkplaceId};
use crate::{Actor, App, Error, Result, files, workplaces};

/// The most that may be sent.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// The largest width or height, in pixels.
const MAX_SIDE: u32 = 12_000;
const MAX_MEMORY: u64 = 256 * 1024 * 1024;
/// A photo is a square of this side.
const PHOTO: u32 = 384;
/// A logo fits into a square of this side.
const LOGO: u32 = 512;

/// The most that a photo takes as it is kept, in Base64.
pub const KEPT_BYTES: usize = 1024 * 1024;

/// Why a picture is refused.
pub fn unusable() -> Error {
    Error::invalid(
        "photo",
        "This picture can't be used: send a JPEG, PNG or WebP of at most 10 MB and 12,000 pixels a side.",
    )
}

/// The picture, the right way up.
fn decode(bytes: &[u8]) -> Result<DynamicImage> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|_| unusable())?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| unusable())?;
    let orientation = decoder.orientation().map_err(|_| unusable())?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| unusable())?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn encode(picture: &DynamicImage, format: ImageFormat) -> Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).map_err(|_| unusable())?;
    Ok(bytes.into_inner())
}

/// A square JPEG of the middle of the picture.
fn photo(bytes: &[u8]) -> Result<Vec<u8>> {
    let square = decode(bytes)?.resize_to_fill(PHOTO, PHOTO, FilterType::CatmullRom);
    encode(&DynamicImage::ImageRgb8(square.to_rgb8()), ImageFormat::Jpeg)
}

/// A PNG that keeps its shape and what is transparent.
fn logo(bytes: &[u8]) -> Result<Vec<u8>> {
    let picture = decode(bytes)?;
    let fits = picture.width() <= LOGO && picture.height() <= LOGO;
    let picture = if fits {
        picture
    } else {
        picture.resize(LOGO, LOGO, FilterType::CatmullRom)
    };
    encode(&picture, ImageFormat::Png)
}

/// A photo of a person as it is kept, from a picture that was sent.
pub async fn made(bytes: Vec<u8>) -> Result<Vec<u8>> {
    cut(bytes, photo).await
}

async fn cut(bytes: Vec<u8>, how: fn(&[u8]) -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    tokio::task::spawn_blocking(move || how(&bytes))
        .await
        .map_err(|why| Error::Internal(why.to_string()))?
}

async fn keep(app: &App, actor: &Actor, (name, kind): (&str, &str), bytes: Vec<u8>) -> Result<FileId> {
    let mut tx = app.begin().await?;
    let id = files::keep_small(app, &mut tx, actor.workplace, (name, kind), bytes).await?;
    tx.commit().await?;
    Ok(id)
}

async fn drop_old(app: &App, actor: &Actor, old: Option<FileId>) -> Result<()> {
    if let Some(old) = old {
        let mut tx = app.begin().await?;
        files::delete(&mut tx, actor.workplace, old).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A photo as it is kept: a square JPEG of the middle of the picture.
pub async fn photo_of(bytes: Vec<u8>) -> Result<Vec<u8>> {
    if bytes.len() > MAX_BYTES {
        return Err(unusable());
    }
    cut(bytes, photo).await
}

/// Keeps a photo (from [`photo_of`]) in the transaction of the change that names it.
pub(crate) async fn keep_photo(
    app: &App,
    tx: &mut Tx,
    workplace: WorkplaceId,
    bytes: Vec<u8>,
) -> Result<FileId> {
    files::keep_small(app, tx, workplace, ("photo.jpg", "image/jpeg"), bytes).await
}

/// Gives a person a photo, in place of any they had, or none.
pub async fn set_photo(app: &App, actor: &Actor, id: AccountId, bytes: Option<Vec<u8>>) -> Result<Plan> {
    actor.need(people::permission(&Verb::Update { patch: Vec::new() }))?;
    let file = new_photo(app, actor, bytes).await?;
    let patch = vec![(ProfileField::Photo, file.map(|file| file.to_string()))];
    let done = people::act(app, actor, id, Verb::Update { patch }, None).await;
    settle(app, actor, done, file).await
}

/// The person's own photo.
pub async fn set_own_photo(
    app: &App,
    actor: &Actor,
    account: &Account,
    bytes: Option<Vec<u8>>,
) -> Result<Plan> {
    let file = new_photo(app, actor, bytes).await?;
    let patch = vec![(ProfileField::Photo, file.map(|file| file.to_string()))];
    let done = people::edit_own(app, account, patch).await;
    settle(app, actor, done, file).await
}

async fn new_photo(app: &App, actor: &Actor, bytes: Option<Vec<u8>>) -> Result<Option<FileId>> {
    match bytes {
        None => Ok(None),
        Some(bytes) => {
            let bytes = photo_of(bytes).await?;
            let mut tx = app.begin().await?;
            let id = keep_photo(app, &mut tx, actor.workplace, bytes).await?;
            tx.commit().await?;
            Ok(Some(id))
        }
    }
}

/// The file that is of no use is removed: the old one, or the new one when it was refused.
async fn settle(app: &App, actor: &Actor, done: Result<Plan>, new: Option<FileId>) -> Result<Plan> {
    match done {
        Ok(plan) => {
            let photo =
                |account: &Option<Account>| account.as_ref().and_then(|account| account.profile.photo());
            let (before, after) = (photo(&plan.before), photo(&plan.after));
            if after == new {
                drop_old(app, actor, before.filter(|before| Some(*before) != new)).await?;
                return Ok(plan);
            }
            // Another source has the word on it.
            drop_old(app, actor, new).await?;
            Err(Error::Refused {
                code: "field_kept",
                message: "Another source has the word on the photo: take the field over first, on the person's page.".into(),
            })
        }
        Err(error) => {
            drop_old(app, actor, new).await?;
            Err(error)
        }
    }
}

/// The photo of somebody of the actor's workplace.
pub async fn read_photo(app: &App, actor: &Actor, id: AccountId) -> Result<(String, Vec<u8>)> {
    let account = people::visible(&app.db, actor, id).await?;
    own_photo(&app.db, &account)
        .await?
        .ok_or_else(|| Error::not_found("photo"))
}

/// The photo that the account has: its media type and its bytes.
pub async fn own_photo(db: &Db, account: &Account) -> Result<Option<(String, Vec<u8>)>> {
    match account.profile.photo() {
        Some(file) => files::read_small(db, account.workplace, file).await,
        None => Ok(None),
    }
}

/// Gives the workplace a logo, in place of any it had, or none.
pub async fn set_logo(app: &App, actor: &Actor, bytes: Option<Vec<u8>>) -> Result<()> {
    actor.need(crate::Permission::WorkplaceManage)?;
    let file = match bytes {
        None => None,
        Some(bytes) => Some(keep(app, actor, ("logo.png", "image/png"), cut(bytes, logo).await?).await?),
    };
    let mut old = None;
    workplaces::change(app, actor, |workplace| {
        old = std::mem::replace(&mut workplace.logo, file);
    })
    .await?;
    drop_old(app, actor, old).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        encode(&DynamicImage::new_rgba8(width, height), ImageFormat::Png).unwrap()
    }

    #[test]
    fn a_photo_becomes_a_square_and_a_logo_keeps_its_shape() {
        let cut = decode(&photo(&png(900, 300)).unwrap()).unwrap();
        assert_eq!((cut.width(), cut.height()), (PHOTO, PHOTO));
        let kept = decode(&logo(&png(1024, 256)).unwrap()).unwrap();
        assert_eq!((kept.width(), kept.height()), (512, 128));
        let small = decode(&logo(&png(40, 20)).unwrap()).unwrap();
        assert_eq!((small.width(), small.height()), (40, 20));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for bytes in [&b""[..], b"GIF89a", b"<svg onload=alert(1)>", &png(4, 4)[..20]] {
            assert_eq!(photo(bytes).unwrap_err().code(), "invalid");
        }
    }
}
