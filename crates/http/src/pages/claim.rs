mod given;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use guildhall_core::accounts::ProfileField;
use guildhall_core::invitations::{self, Claim, NewPassword, Opened};
use guildhall_core::{access, groups, pictures};

use self::given::Given;
use super::{Choice, Door, Field, Trouble, come_in, said, sso};
use crate::caller::Place;
use crate::routes::claims::data_address;
use crate::{Failure, Site};

pub use given::MOST;

async fn page(
    site: &Site,
    opened: &Opened,
    given: &Given,
    problem: Option<Trouble>,
) -> Result<Response, Failure> {
    let app = &site.app;
    let offered = groups::offered(&app.db, (opened.workplace.id, opened.account.id)).await?;
    let there = match &given.photo {
        Some(photo) => Some(("image/jpeg".to_owned(), photo.clone())),
        None => pictures::own_photo(&app.db, &opened.account).await?,
    };
    let picture = there.as_ref().map(data_address).unwrap_or_default();
    let email = opened.account.profile.get(ProfileField::Email);
    let title = format!("Welcome to {}", opened.workplace.name);
    let lead = format!(
        "Your account {} is ready. Look whether your name is right, and choose a password.",
        email.unwrap_or_default()
    );
    let options = offered.iter().map(|group| Choice {
        value: group.id.to_string(),
        label: group.name.clone(),
        chosen: given.groups.contains(&group.id),
    });
    let terms = Field::new(
        "accept_terms",
        "I agree to the terms of my organisation.",
        "checkbox",
        "off",
    );
    let mut fields = vec![
        Field::new("display_name", "Your name", "text", "name").value(&given.display_name),
        photo(&picture, given.photo.is_some()),
    ];
    if given.photo.is_some() {
        fields.push(Field::new("photo_kept", "", "hidden", "off").value(kept(&picture)));
    }
    fields.push(password(given));
    if let Some(sealed) = &given.password_kept {
        fields.push(Field::new("password_kept", "", "hidden", "off").value(sealed));
    }
    if !offered.is_empty() {
        let choice = Field::new("groups", "Groups you may like to join", "choices", "off");
        fields.push(choice.options(options.collect()));
    }
    let terms_url = opened.workplace.settings.terms_url.as_deref();
    fields.push(
        terms
            .hint(terms_url.unwrap_or_default())
            .value(if given.accept_terms { "true" } else { "" }),
    );
    let door = Door {
        brand: &opened.workplace.name,
        title: &title,
        lead: &lead,
        problem,
        fields,
        button: "Claim your account",
        ..Door::default()
    };
    door.show()
}

fn photo(picture: &str, new: bool) -> Field<'_> {
    let hint = match (picture.is_empty(), new) {
        (true, _) => "If you like: a JPEG, PNG or WebP of at most 10 MB. We cut a square from its middle.",
        (false, true) => "This is the photo you chose. Choose another one to replace it.",
        (false, false) => "Your organisation has this photo of you. Choose another one to replace it.",
    };
    Field {
        required: false,
        ..Field::new("photo", "Your photo", "file", "photo")
            .value(picture)
            .hint(hint)
    }
}

fn password(given: &Given) -> Field<'_> {
    let kept = given.password_kept.is_some();
    Field {
        required: !kept,
        ..Field::new("password", "Password", "password", "new-password").hint(if kept {
            "The password you typed is kept. Type another one only if you want to change it."
        } else {
            "At least 10 characters: a few words that don't belong together are good."
        })
    }
}

/// The picture alone, of its address.
fn kept(address: &str) -> &str {
    address.split_once(',').map_or("", |(_, picture)| picture)
}

/// The link is dead: says why and what to do.
fn dead(error: guildhall_core::Error) -> Result<Response, Failure> {
    let door = Door {
        title: "This link does not work",
        lead: &said(error)?.message,
        aside: Some(("Log in", "/login")),
        ..Door::default()
    };
    door.show()
}

pub async fn show(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    match invitations::open(&site.app, &token).await {
        Ok(opened) => {
            // Whoever has to come by single sign-on takes the account there.
            let email = opened.account.profile.get(ProfileField::Email);
            if access::must_use_sso(&site.app, &opened.account).await?
                && let Some(leads_on) = sso::discover(&site, email.unwrap_or_default(), None).await?
            {
                return Ok(leads_on);
            }
            let given = Given {
                display_name: opened.account.name(),
                ..Given::default()
            };
            page(&site, &opened, &given, None).await
        }
        Err(error) => dead(error),
    }
}

/// Claims the account. Whatever is wrong, nothing that was given is lost: a good password comes back sealed, and a good
/// photo as it would be kept.
pub async fn take(
    State(site): State<Site>,
    place: Place,
    Path(token): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let opened = match invitations::open(&site.app, &token).await {
        Ok(opened) => opened,
        Err(error) => return dead(error),
    };
    let (mut given, unread) = Given::read(request).await;
    let unusable = match (unread, given.photo.take()) {
        (Some(why), _) => Some(why),
        (None, None) => None,
        (None, Some(bytes)) => match pictures::photo_of(bytes).await {
            Ok(photo) => {
                given.photo = Some(photo);
                None
            }
            Err(why) => Some(why),
        },
    };
    let tried = match unusable {
        Some(why) => Err(why),
        None => enter(&site, &token, &opened, &given, &place).await,
    };
    let error = match tried {
        Ok(response) => return Ok(response),
        Err(error) => error,
    };
    let mut trouble = said(error)?;
    if !given.password.is_empty() {
        given.password_kept = None;
    }
    if !given.password.is_empty() && trouble.fields.iter().all(|wrong| wrong.field != "password") {
        match invitations::keep_password(&site.app, &site.hasher, &opened, &given.password).await {
            Ok(sealed) => given.password_kept = Some(sealed),
            Err(why) => trouble.fields.extend(said(why)?.fields),
        }
    }
    page(&site, &opened, &given, Some(trouble)).await
}

async fn enter(
    site: &Site,
    token: &str,
    opened: &Opened,
    given: &Given,
    place: &Place,
) -> guildhall_core::Result<Response> {
    let name = given.display_name.as_str();
    let password = match &given.password_kept {
        Some(sealed) if given.password.is_empty() => NewPassword::Kept(sealed.clone()),
        _ => NewPassword::Typed(given.password.clone()),
    };
    let claim = Claim {
        display_name: Some(name.to_owned()).filter(|name| *name != opened.account.name()),
        password,
        accept_terms: given.accept_terms,
        groups: given.groups.clone(),
        photo: given.photo.clone(),
        ..Claim::default()
    };
    let entered = invitations::claim(&site.app, &site.hasher, token, &claim, place.origin()).await?;
    come_in(site, place, entered, None).await
}
