use guildhall_core::App;
use guildhall_store::schema_number;

use crate::database;
use crate::failure::Outcome;
use crate::settings::Settings;

pub async fn run(settings: Settings) -> Outcome {
    let db = database::open(&settings).await?;
    App::start(db.clone()).await?;
    println!("The database is at schema {}.", schema_number(&db).await?);
    db.close().await;
    Ok(())
}
