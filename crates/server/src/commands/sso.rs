use std::path::{Path, PathBuf};

use clap::Subcommand;
use guildhall_core::ids::SsoProviderId;
use guildhall_core::sso::oidc::{self, Addresses, ClientAuthentication, Preset};
use guildhall_core::sso::{self, Edit, Given, NameIdFormat, New, Ourselves, Protocol, Provider};
use guildhall_core::{Actor, App, Error, Moment};
use serde_json::json;

use super::sso_require::{self, Require};
use super::workplace::InWorkplace;
use crate::failure::{Failure, Outcome};

#[derive(Subcommand, Debug)]
pub enum SingleSignOn {
    /// Begin with an identity provider, and say what to enter there
    Add {
        /// As people call it, such as "Entra ID"
        name: String,
        /// It speaks OpenID Connect, and not SAML
        #[arg(long)]
        oidc: bool,
        /// With OpenID Connect: begin with the settings that suit entra, okta, google or keycloak
        #[arg(long, requires = "oidc", value_parser = preset)]
        preset: Option<Preset>,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Say where an identity provider is
    #[command(group = clap::ArgGroup::new("where").required(true).args(["metadata", "metadata_url", "issuer"]))]
    Connect {
        /// The id of the provider
        id: String,
        /// A file with its metadata
        #[arg(long)]
        metadata: Option<PathBuf>,
        /// Where its metadata lie: they are kept fresh
        #[arg(long)]
        metadata_url: Option<String>,
        /// With OpenID Connect: the address of its issuer
        #[arg(long, requires = "client_id")]
        issuer: Option<String>,
        /// Our client id there
        #[arg(long, requires = "issuer")]
        client_id: Option<String>,
        /// A file with the client secret; left out, the one given before, or none
        #[arg(long, requires = "issuer")]
        client_secret_file: Option<PathBuf>,
        /// How we show who we are: client_secret_basic, client_secret_post, or none for a public client
        #[arg(long, requires = "issuer", value_parser = authentication)]
        authentication: Option<ClientAuthentication>,
        /// Which of several providers in the metadata
        #[arg(long)]
        entity_id: Option<String>,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Choose the verified domains that an identity provider answers for, in place of those before
    Domains {
        /// The id of the provider
        id: String,
        /// Such as example.com
        names: Vec<String>,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Change how an identity provider is used
    Set {
        /// The id of the provider
        id: String,
        /// Whether people may begin at the provider
        #[arg(long, value_name = "true|false")]
        unasked: Option<bool>,
        /// Whether whoever is unknown gets an account
        #[arg(long, value_name = "true|false")]
        makes_accounts: Option<bool>,
        /// Whether people prove who they are each time
        #[arg(long, value_name = "true|false")]
        force: Option<bool>,
        /// With SAML: which kind of name id is asked for: email, persistent, transient or unspecified; "" for none
        #[arg(long, value_name = "FORMAT")]
        name_id_format: Option<String>,
        /// Whether whoever logs out here is logged out at the provider, too
        #[arg(long, value_name = "true|false")]
        ends_there: Option<bool>,
        /// Until which day SHA-1 and RSA keys under 2048 bits are accepted, such as 2027-01-31; "" for no more
        #[arg(long, value_name = "DAY")]
        weak_until: Option<String>,
        /// With OpenID Connect: whether an address counts of which it is not said that it is verified
        #[arg(long, value_name = "true|false")]
        unverified: Option<bool>,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Let people log in by an identity provider that was tested
    On {
        /// The id of the provider
        id: String,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Let nobody log in by an identity provider any more: passwords go on working
    Off {
        /// The id of the provider
        id: String,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Give up what is being prepared for an identity provider that is on
    Discard {
        /// The id of the provider
        id: String,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Take the metadata over again from their address
    Refresh {
        /// The id of the provider
        id: String,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Remove an identity provider
    Remove {
        /// The id of the provider
        id: String,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// List the identity providers of a workplace
    List(InWorkplace),
    /// Require single sign-on of people, in steps or of everybody
    #[command(subcommand)]
    Require(Require),
}

/// What is asked of one provider.
enum Asked {
    Edit(Box<Edit>),
    Settings(Wanted),
    Refresh,
}

/// Settings that are to change.
#[expect(
    clippy::option_option,
    reason = "what is not said stays, and an empty word takes away what was there"
)]
struct Wanted {
    unasked: Option<bool>,
    makes_accounts: Option<bool>,
    force: Option<bool>,
    name_id_format: Option<Option<NameIdFormat>>,
    ends_there: Option<bool>,
    weak_until: Option<Option<Moment>>,
    unverified: Option<bool>,
}

fn preset(text: &str) -> Result<Preset, String> {
    Preset::parse(text).ok_or_else(|| "write entra, okta, google or keycloak".to_owned())
}

fn authentication(text: &str) -> Result<ClientAuthentication, String> {
    let wrong = || "write client_secret_basic, client_secret_post or none".to_owned();
    ClientAuthentication::parse(text).ok_or_else(wrong)
}

fn read(file: &Path) -> Outcome<String> {
    std::fs::read_to_string(file)
        .map_err(|why| Failure::wrong(format!("{} can't be read: {why}", file.display())))
}

fn on(on: bool) -> Asked {
    Asked::Edit(Box::new(Edit {
        on: Some(on),
        ..Edit::default()
    }))
}

fn discard() -> Asked {
    Asked::Edit(Box::new(Edit {
        discard: true,
        ..Edit::default()
    }))
}

pub async fn run(command: SingleSignOn) -> Outcome {
    match command {
        SingleSignOn::Require(command) => sso_require::run(command).await,
        SingleSignOn::Add {
            name,
            oidc,
            preset,
            within,
        } => {
            let told = Told::of(&within)?;
            let (app, actor) = within.enter().await?;
            let protocol = if oidc { Protocol::Oidc } else { Protocol::Saml };
            let new = New {
                name,
                protocol,
                preset,
            };
            let made = sso::create(&app, &actor, &new).await;
            app.db.close().await;
            told.say(&made?)
        }
        SingleSignOn::List(within) => {
            let told = Told::of(&within)?;
            let (app, actor) = within.enter().await?;
            let found = sso::list(&app, &actor).await;
            app.db.close().await;
            told.list(&found?)
        }
        SingleSignOn::Remove { id, within } => {
            let id = id_of(&id)?;
            let (app, actor) = within.enter().await?;
            let gone = sso::remove(&app, &actor, id).await;
            app.db.close().await;
            Ok(gone?)
        }
        SingleSignOn::Connect {
            id,
            metadata,
            metadata_url,
            issuer,
            client_id,
            client_secret_file,
            authentication,
            entity_id,
            within,
        } => {
            let mut edit = Edit::default();
            match (metadata, metadata_url, issuer) {
                (Some(file), ..) => {
                    let xml = read(&file)?;
                    edit.connection = Some(Given::Metadata { xml, entity_id });
                }
                (None, Some(url), _) => edit.connection = Some(Given::Address { url, entity_id }),
                (None, None, issuer) => {
                    edit.oidc = Some(oidc::Given {
                        issuer: issuer.unwrap_or_default(),
                        client_id: client_id.unwrap_or_default(),
                        client_secret: client_secret_file.as_deref().map(read).transpose()?,
                        authentication,
                    });
                }
            }
            one(&id, Asked::Edit(Box::new(edit)), within).await
        }
        SingleSignOn::Domains { id, names, within } => {
            let edit = Edit {
                domains: Some(names),
                ..Edit::default()
            };
            one(&id, Asked::Edit(Box::new(edit)), within).await
        }
        SingleSignOn::Set {
            id,
            unasked,
            makes_accounts,
            force,
            name_id_format,
            ends_there,
            weak_until,
            unverified,
            within,
        } => {
            let asked = Asked::Settings(Wanted {
                unasked,
                makes_accounts,
                force,
                name_id_format: name_id_format.as_deref().map(format).transpose()?,
                ends_there,
                weak_until: weak_until.as_deref().map(day).transpose()?,
                unverified,
            });
            one(&id, asked, within).await
        }
        SingleSignOn::On { id, within } => one(&id, on(true), within).await,
        SingleSignOn::Off { id, within } => one(&id, on(false), within).await,
        SingleSignOn::Discard { id, within } => one(&id, discard(), within).await,
        SingleSignOn::Refresh { id, within } => one(&id, Asked::Refresh, within).await,
    }
}

fn id_of(text: &str) -> Outcome<SsoProviderId> {
    text.parse()
        .map_err(|_| Failure::wrong("That is no id of an identity provider. See: guildhall sso list"))
}

/// A kind of name id, or none.
fn format(text: &str) -> Outcome<Option<NameIdFormat>> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || Failure::wrong("Write email, persistent, transient or unspecified; \"\" for none.");
    NameIdFormat::parse(text).map(Some).ok_or_else(wrong)
}

/// The end of a day (UTC), or none.
fn day(text: &str) -> Outcome<Option<Moment>> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || Failure::wrong(format!("\"{text}\" is no day: write it like 2027-01-31."));
    let day: jiff::civil::Date = text.parse().map_err(|_| wrong())?;
    let next = day.tomorrow().map_err(|_| wrong())?;
    let end: jiff::Timestamp = format!("{next}T00:00:00Z").parse().map_err(|_| wrong())?;
    Ok(Some(Moment::from_ms(end.as_millisecond())))
}

async fn one(id: &str, asked: Asked, within: InWorkplace) -> Outcome {
    let (id, told) = (id_of(id)?, Told::of(&within)?);
    let (app, actor) = within.enter().await?;
    let changed = change(&app, &actor, id, asked).await;
    app.db.close().await;
    told.say(&changed?)
}

async fn change(app: &App, actor: &Actor, id: SsoProviderId, asked: Asked) -> Result<Provider, Error> {
    let edit = match asked {
        Asked::Refresh => return sso::refresh(app, actor, id).await,
        Asked::Edit(edit) => *edit,
        Asked::Settings(wanted) => {
            let mut settings = sso::get(app, actor, id).await?.settings;
            let put = |kept: &mut bool, wanted: Option<bool>| *kept = wanted.unwrap_or(*kept);
            put(&mut settings.unasked, wanted.unasked);
            put(&mut settings.makes_accounts, wanted.makes_accounts);
            put(&mut settings.force, wanted.force);
            put(&mut settings.ends_there, wanted.ends_there);
            put(&mut settings.unverified, wanted.unverified);
            settings.name_id_format = wanted.name_id_format.unwrap_or(settings.name_id_format);
            settings.weak_until = wanted.weak_until.unwrap_or(settings.weak_until);
            Edit {
                settings: Some(settings),
                ..Edit::default()
            }
        }
    };
    sso::edit(app, actor, id, &edit).await
}

/// How a provider is told of.
struct Told {
    json: bool,
    public_url: String,
}

impl Told {
    fn of(within: &InWorkplace) -> Outcome<Self> {
        let settings = within.place.settings()?;
        Ok(Self {
            json: within.json,
            public_url: settings.public_url(settings.listen),
        })
    }

    fn in_json(&self, provider: &Provider) -> serde_json::Value {
        let ours = Ourselves::to(provider.id, &self.public_url);
        let there = Addresses::to(provider.id, &self.public_url);
        json!({
            "id": provider.id,
            "name": provider.name,
            "protocol": provider.protocol,
            "on": provider.on,
            "issuer": provider.oidc.as_ref().map(|there| &there.issuer),
            "client_id": provider.oidc.as_ref().map(|there| &there.client_id),
            "entity_id": provider.connection.as_ref().map(|connection| &connection.entity_id),
            "domains": provider.domains,
            "settings": provider.settings,
            "tested_at": provider.tested_at,
            "prepared_at": provider.draft.as_ref().map(|draft| draft.at),
            "ends_at": provider.ends_at(),
            "our_entity_id": ours.entity_id,
            "our_acs_url": ours.acs,
            "our_log_out_url": ours.log_out,
            "our_redirect_url": there.redirect,
            "our_back_channel_url": there.back_channel,
        })
    }

    fn say(&self, provider: &Provider) -> Outcome {
        if self.json {
            return super::print_json(&self.in_json(provider));
        }
        println!("{}  {}  {}", provider.id, state(provider), provider.name);
        println!("Enter at the identity provider:");
        if provider.protocol == Protocol::Oidc {
            let there = Addresses::to(provider.id, &self.public_url);
            println!("  redirect address     {}", there.redirect);
            println!("  back-channel log-out {}", there.back_channel);
            println!("  after log-out        {}", there.after_log_out);
        } else {
            let ours = Ourselves::to(provider.id, &self.public_url);
            println!("  entity id, audience  {}", ours.entity_id);
            println!("  ACS, reply URL       {}", ours.acs);
            println!("  log-out              {}", ours.log_out);
        }
        if provider.draft.is_some() {
            println!(
                "A new connection is being prepared: test it in a browser under Single sign-on, and it comes into force. Or: guildhall sso discard"
            );
        } else if provider.tested_at.is_none() {
            println!("Test it in a browser under Single sign-on before it is switched on.");
        }
        Ok(())
    }

    fn list(&self, providers: &[Provider]) -> Outcome {
        if self.json {
            let rows: Vec<_> = providers.iter().map(|provider| self.in_json(provider)).collect();
            return super::print_json(&json!({ "providers": rows }));
        }
        for provider in providers {
            println!(
                "{}  {:14} {}  {}",
                provider.id,
                state(provider),
                provider.name,
                provider.domains.join(", ")
            );
        }
        Ok(())
    }
}

fn state(provider: &Provider) -> &'static str {
    match provider {
        Provider { on: true, .. } => "on",
        provider if !provider.is_connected() => "not connected",
        Provider { tested_at: None, .. } => "not tested",
        _ => "off",
    }
}
