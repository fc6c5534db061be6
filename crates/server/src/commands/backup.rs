use std::path::PathBuf;

use crate::database;
use crate::failure::Outcome;
use crate::settings::Settings;

pub async fn run(settings: Settings, file: PathBuf) -> Outcome {
    let db = database::open_existing(&settings).await?;
    guildhall_store::back_up(&db, &file).await?;
    db.close().await;
    println!("Backed up to {}.", file.display());
    Ok(())
}
