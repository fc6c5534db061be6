use std::fs;
use std::path::PathBuf;

use guildhall_core::App;
use guildhall_core::domains::Scout;
use guildhall_core::fetch::Fetcher;
use guildhall_store::Db;

use crate::failure::{Failure, Outcome};
use crate::key;
use crate::settings::Settings;

fn lite_file(settings: &Settings) -> PathBuf {
    settings.data.join("guildhall.db")
}

/// Makes the data folder, readable by its owner only, if it is not there.
fn folder(settings: &Settings) -> Outcome {
    use std::os::unix::fs::DirBuilderExt as _;
    if settings.data.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&settings.data).map_err(|error| {
        Failure::failed(format!(
            "The data folder {} can't be made ({error}). Make it yourself, or choose another with --data.",
            settings.data.display()
        ))
    })
}

/// Opens the database of the settings, making the folder and an empty SQLite file where there are none.
pub async fn open(settings: &Settings) -> Outcome<Db> {
    folder(settings)?;
    if let Some(url) = &settings.database {
        return Db::open_pg(url).await.map_err(|error| {
            Failure::failed(format!(
                "PostgreSQL can't be reached ({error}). Look whether it runs and whether the setting \"database\" is right."
            ))
        });
    }
    let file = lite_file(settings);
    Db::open_lite(&file).await.map_err(|error| {
        Failure::failed(format!(
            "The database {} can't be opened ({error}). Look whether this user may read and write it, and whether the \
             disk has room.",
            file.display()
        ))
    })
}

/// Opens the database, brought to this program's schema, with the key of the installation.
pub async fn start(settings: &Settings) -> Outcome<App> {
    let app = App::start(open(settings).await?).await?;
    Ok(app
        .with_key(&key::load(settings)?)
        .with_providers(Fetcher::of_house(settings.private_sites.clone()))
        .with_scout(Scout::system(settings.dns_resolver)))
}

/// [`start`] on a database that must be there.
pub async fn start_existing(settings: &Settings) -> Outcome<App> {
    let app = App::start(open_existing(settings).await?).await?;
    Ok(app
        .with_key(&key::load(settings)?)
        .with_providers(Fetcher::of_house(settings.private_sites.clone()))
        .with_scout(Scout::system(settings.dns_resolver)))
}

/// Opens a database that must be there.
pub async fn open_existing(settings: &Settings) -> Outcome<Db> {
    let file = lite_file(settings);
    if settings.database.is_none() && !file.is_file() {
        return Err(Failure::failed(format!(
            "There is no database in {}. Name the server's data folder with --data.",
            settings.data.display()
        )));
    }
    open(settings).await
}
