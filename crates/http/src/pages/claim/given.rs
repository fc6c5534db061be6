use axum::Form;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_core::ids::GroupId;
use guildhall_core::{Error, pictures};

/// The most that is read of the form: a photo that is too large is read to its end and left aside, so that what was
/// typed beside it is not lost.
pub const MOST: usize = 64 * 1024 * 1024;

/// What the form sends; a group for each that is ticked.
#[derive(Default)]
pub(super) struct Given {
    pub display_name: String,
    pub password: String,
    /// A password of an earlier try, sealed.
    pub password_kept: Option<String>,
    pub accept_terms: bool,
    pub groups: Vec<GroupId>,
    pub photo: Option<Vec<u8>>,
}

impl Given {
    /// What the form says, as far as it can be read; and why its photo can't.
    pub async fn read(request: Request) -> (Self, Option<Error>) {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let parts = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
        let mut given = Self::default();
        let unread = if parts {
            match Multipart::from_request(request, &()).await {
                Ok(mut form) => given.read_parts(&mut form).await.err(),
                Err(_) => Some(broken_off()),
            }
        } else {
            match Form::<Vec<(String, String)>>::from_request(request, &()).await {
                Ok(Form(pairs)) => {
                    for (name, value) in pairs {
                        given.put(&name, value);
                    }
                    None
                }
                Err(_) => Some(broken_off()),
            }
        };
        (given, unread)
    }

    fn put(&mut self, name: &str, value: String) {
        match name {
            "display_name" => value.trim().clone_into(&mut self.display_name),
            "password" => self.password = value,
            "password_kept" => self.password_kept = Some(value),
            "accept_terms" => self.accept_terms = true,
            "groups" => self.groups.extend(value.parse::<GroupId>().ok()),
            // A photo that was chosen since comes before it in the form.
            "photo_kept" if self.photo.is_none() => self.photo = STANDARD.decode(value).ok(),
            _ => {}
        }
    }

    async fn read_parts(&mut self, form: &mut Multipart) -> Result<(), Error> {
        let mut too_large = Ok(());
        while let Some(mut part) = form.next_field().await.map_err(|_| broken_off())? {
            let name = part.name().unwrap_or_default().to_owned();
            let most = if name == "photo" {
                pictures::MAX_BYTES
            } else {
                pictures::KEPT_BYTES
            };
            let bytes = all_of(&mut part, most).await?;
            match (name.as_str(), bytes) {
                ("photo", Some(bytes)) if bytes.is_empty() => {}
                ("photo", Some(bytes)) => self.photo = Some(bytes),
                ("photo", None) => too_large = Err(pictures::unusable()),
                (_, Some(bytes)) => self.put(&name, String::from_utf8_lossy(&bytes).into_owned()),
                (_, None) => {}
            }
        }
        too_large
    }
}

/// All bytes of a part; nothing when they are more than `most`.
async fn all_of(part: &mut Field<'_>, most: usize) -> Result<Option<Vec<u8>>, Error> {
    let (mut bytes, mut size) = (Vec::new(), 0);
    while let Some(piece) = part.chunk().await.map_err(|_| broken_off())? {
        size += piece.len();
        if size <= most {
            bytes.extend_from_slice(&piece);
        }
    }
    Ok((size <= most).then_some(bytes))
}

fn broken_off() -> Error {
    Error::invalid(
        "photo",
        "The form did not arrive whole: send it again, with a picture of at most 10 MB.",
    )
}
