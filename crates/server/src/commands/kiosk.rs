use clap::Subcommand;
use guildhall_core::kiosks::{self, Kiosk, rules};
use guildhall_core::{Actor, App};
use serde_json::{Value, json};

use super::workplace::InWorkplace;
use crate::failure::{Failure, Outcome};

#[derive(Subcommand, Debug)]
pub enum Kiosks {
    /// List the kiosks of a workplace
    List(InWorkplace),
    /// Make a link that turns a device into a kiosk: to be opened on it once, within an hour
    Enrol {
        /// What people call the device
        name: String,
        /// Where it stands; told on the phone of whoever logs in there by phone
        #[arg(long, default_value = "", hide_default_value = true)]
        place: String,
        /// After so many seconds without a touch whoever is in is out, 30 to 900
        #[arg(long, value_name = "SECONDS", default_value_t = rules::IDLE)]
        idle: i64,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// End a kiosk: the device is an ordinary browser again, and whoever is in on it is out
    Revoke {
        /// Its name or id
        kiosk: String,
        #[command(flatten)]
        within: InWorkplace,
    },
}

pub async fn run(command: Kiosks) -> Outcome {
    match command {
        Kiosks::List(within) => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let all = kiosks::list(&app, &actor).await;
            app.db.close().await;
            let all = all?;
            if json {
                let rows: Vec<Value> = all.iter().map(in_json).collect();
                return super::print_json(&json!({ "kiosks": rows }));
            }
            all.iter().for_each(told);
            Ok(())
        }
        Kiosks::Enrol {
            name,
            place,
            idle,
            within,
        } => {
            let (json, site) = (within.json, within.site()?);
            let (app, actor) = within.enter().await?;
            let made = kiosks::create(&app, &actor, (&name, &place), idle).await;
            app.db.close().await;
            let (kiosk, secret) = made?;
            let link = format!("{site}/kiosk/enrol/{secret}");
            if json {
                return super::print_json(&json!({ "kiosk": in_json(&kiosk), "link": link }));
            }
            println!("{link}");
            println!(
                "Open it in the browser of {} within an hour. It works once.",
                kiosk.name
            );
            Ok(())
        }
        Kiosks::Revoke { kiosk, within } => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let ended = revoke(&app, &actor, &kiosk).await;
            app.db.close().await;
            let ended = ended?;
            if json {
                return super::print_json(&json!({ "ended": ended.id }));
            }
            println!("{} is no kiosk any more.", ended.name);
            Ok(())
        }
    }
}

async fn revoke(app: &App, actor: &Actor, which: &str) -> Outcome<Kiosk> {
    let all = kiosks::list(app, actor).await?;
    let by_id = all.iter().find(|kiosk| kiosk.id.to_string() == which);
    let named: Vec<&Kiosk> = all.iter().filter(|kiosk| kiosk.name == which).collect();
    let kiosk = match (by_id, named.as_slice()) {
        (Some(kiosk), _) => kiosk.clone(),
        (None, [kiosk]) => (*kiosk).clone(),
        (None, []) => {
            return Err(Failure::failed(format!(
                "There is no kiosk \"{which}\". See: guildhall kiosk list"
            )));
        }
        (None, several) => {
            return Err(Failure::failed(format!(
                "{} kiosks are called \"{which}\": name one by its id. See: guildhall kiosk list",
                several.len()
            )));
        }
    };
    kiosks::end(app, actor, kiosk.id).await?;
    Ok(kiosk)
}

fn told(kiosk: &Kiosk) {
    let state = match kiosk.enrolled_at {
        Some(at) => format!("in use since {}", at.timestamp()),
        None => "link not opened yet".to_owned(),
    };
    let place = if kiosk.place.is_empty() {
        String::new()
    } else {
        format!(", {}", kiosk.place)
    };
    println!(
        "{}  {}{place}: {state}, out after {} seconds",
        kiosk.id, kiosk.name, kiosk.idle_seconds
    );
}

fn in_json(kiosk: &Kiosk) -> Value {
    json!({
        "id": kiosk.id,
        "name": kiosk.name,
        "place": kiosk.place,
        "idle_seconds": kiosk.idle_seconds,
        "created_at": kiosk.created_at,
        "enrolled_at": kiosk.enrolled_at,
        "enrol_until": kiosk.enrol_until,
    })
}
