use guildhall_core::factors::{self, All};
use guildhall_core::{Actor, App, devices};
use serde_json::json;

use super::account::{Person, find};
use crate::failure::Outcome;

/// What somebody has, and where no second factor is asked of them.
struct Told {
    name: String,
    all: All,
    devices: Vec<devices::Remembered>,
}

async fn look(app: &App, actor: &Actor, who: &str) -> Outcome<Told> {
    let account = find(app, actor, who).await?;
    Ok(Told {
        name: account.name(),
        all: factors::seen(app, actor, account.id).await?,
        devices: devices::list(app, &account).await?,
    })
}

pub async fn show(person: Person) -> Outcome {
    let json = person.within.json;
    let (app, actor) = person.within.enter().await?;
    let told = look(&app, &actor, &person.person).await;
    app.db.close().await;
    let Told { name, all, devices } = told?;
    if json {
        let passkeys = all.passkeys.iter().map(|one| {
            json!({"id": one.id, "name": one.name, "created_at": one.created_at, "last_used_at": one.last_used_at})
        });
        return super::print_json(&json!({
            "name": name,
            "passkeys": passkeys.collect::<Vec<_>>(),
            "totp": all.totp.map(|totp| json!({"created_at": totp.created_at, "last_used_at": totp.last_used_at})),
            "recovery_codes": all.recovery_codes,
            "remembered_devices": devices.len(),
        }));
    }
    if all.passkeys.is_empty() && all.totp.is_none() {
        println!("{name} has no second factor.");
        return Ok(());
    }
    println!("{name}");
    for passkey in &all.passkeys {
        let used = passkey
            .last_used_at
            .map_or("never".to_owned(), |at| at.timestamp().to_string());
        println!("  passkey {} (last used: {used})", passkey.name);
    }
    if let Some(totp) = all.totp {
        println!("  authenticator app (since {})", totp.created_at.timestamp());
    }
    println!("  recovery codes left: {}", all.recovery_codes);
    for device in &devices {
        println!(
            "  not asked on {} on {} until {}",
            device.browser,
            device.system,
            device.until.timestamp()
        );
    }
    Ok(())
}

async fn take(app: &App, actor: &Actor, who: &str) -> Outcome<(String, All)> {
    let account = find(app, actor, who).await?;
    Ok((account.name(), factors::remove_all(app, actor, account.id).await?))
}

pub async fn forget(person: Person) -> Outcome {
    let json = person.within.json;
    let (app, actor) = person.within.enter().await?;
    let done = take(&app, &actor, &person.person).await;
    app.db.close().await;
    let (name, had) = done?;
    if json {
        return super::print_json(&json!({
            "name": name,
            "passkeys": had.passkeys.len(),
            "totp": had.totp.is_some(),
            "recovery_codes": had.recovery_codes,
        }));
    }
    println!("{name} has no second factor any more, and is told by mail.");
    Ok(())
}
