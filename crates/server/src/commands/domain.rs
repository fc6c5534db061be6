use clap::Subcommand;
use guildhall_core::domains::{self, Domain, DomainState, names, rules};
use guildhall_core::{Actor, App};
use serde_json::json;

use super::workplace::InWorkplace;
use crate::failure::{Failure, Outcome};

#[derive(Subcommand, Debug)]
pub enum Domains {
    /// Add an e-mail domain and say what proves it
    Add {
        /// Such as example.com
        name: String,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Look now for the proof of a domain and say what was seen; fails while it is not verified
    Verify {
        /// Such as example.com
        name: String,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// List the e-mail domains of a workplace
    List(InWorkplace),
}

pub async fn run(command: Domains) -> Outcome {
    match command {
        Domains::Add { name, within } => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let added = domains::add(&app, &actor, &name).await;
            app.db.close().await;
            told(&added?, json)
        }
        Domains::Verify { name, within } => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let seen = verify(&app, &actor, &name).await;
            app.db.close().await;
            let seen = seen?;
            told(&seen, json)?;
            if seen.state == DomainState::Verified {
                return Ok(());
            }
            Err(Failure::failed(format!(
                "{} is not verified yet. The server goes on looking for 72 hours.",
                names::shown(&seen.name)
            )))
        }
        Domains::List(within) => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let all = domains::list(&app, &actor).await;
            app.db.close().await;
            let all = all?;
            if json {
                let rows: Vec<_> = all.iter().map(in_json).collect();
                return super::print_json(&json!({ "domains": rows }));
            }
            for domain in &all {
                println!("{:14} {}", state(domain), names::shown(&domain.name));
            }
            Ok(())
        }
    }
}

async fn verify(app: &App, actor: &Actor, name: &str) -> Outcome<Domain> {
    let name = names::normalise(name)?;
    let all = domains::list(app, actor).await?;
    let found = all
        .into_iter()
        .find(|domain| domain.name == name)
        .ok_or_else(|| {
            Failure::failed(format!(
                "{name} is not in the list. Add it with: guildhall domain add {name}"
            ))
        })?;
    Ok(domains::check(app, actor, found.id).await?)
}

fn state(domain: &Domain) -> &'static str {
    match domain.state {
        DomainState::Verified => "verified",
        _ if domain.elsewhere => "elsewhere",
        DomainState::AllowListed => "allow-listed",
        DomainState::Pending => "pending",
    }
}

fn in_json(domain: &Domain) -> serde_json::Value {
    json!({
        "name": domain.name,
        "state": domain.state,
        "method": domain.method,
        "subdomains": domain.subdomains,
        "elsewhere": domain.elsewhere,
        "txt_value": rules::proof(&domain.token),
        "looks": domain.looks,
    })
}

fn told(domain: &Domain, json: bool) -> Outcome {
    if json {
        return super::print_json(&in_json(domain));
    }
    let shown = names::shown(&domain.name);
    println!("{shown}: {}", state(domain));
    for look in &domain.looks {
        println!("  {}: {}", look.way.as_str(), look.said);
        for record in &look.found {
            println!("    \"{record}\"");
        }
    }
    if domain.state != DomainState::Verified {
        println!("Put this TXT record at {}:", domain.name);
        println!("  {}", rules::proof(&domain.token));
        println!("Then: guildhall domain verify {}", domain.name);
    }
    Ok(())
}
