use std::path::PathBuf;

use guildhall_core::App;

use crate::database;
use crate::failure::{Failure, Outcome};
use crate::settings::Settings;

pub async fn run(settings: Settings, file: PathBuf) -> Outcome {
    if !file.is_file() {
        return Err(Failure::failed(format!(
            "{} is not there: name a file that 'guildhall backup' wrote.",
            file.display()
        )));
    }
    let db = database::open(&settings).await?;
    // An empty folder gets the tables first: a restore fills them.
    App::start(db.clone()).await?;
    guildhall_store::restore(&db, &file).await?;
    db.close().await;
    println!("Restored from {}.", file.display());
    Ok(())
}
