use std::fmt::Display;

use guildhall_core::MIGRATIONS;
use guildhall_store::schema_number;

use crate::database;
use crate::failure::{Failure, Outcome};
use crate::settings::Settings;

/// Says of each thing whether it is well, and what to do where it is not.
pub async fn run(settings: Settings) -> Outcome {
    let mut troubles = 0;
    println!("ok    settings: read");
    tell(&mut troubles, "data folder", folder(&settings));
    let db = database::open_existing(&settings).await;
    match db {
        Err(failure) => tell::<&str>(&mut troubles, "database", Err(failure.to_string())),
        Ok(db) => {
            let answers = db
                .ping()
                .await
                .map(|()| settings.database_name())
                .map_err(|error| error.to_string());
            tell(&mut troubles, "database", answers);
            tell(&mut troubles, "schema", schema(schema_number(&db).await));
            db.close().await;
        }
    }
    match troubles {
        0 => Ok(()),
        1 => Err(Failure::failed("One thing is not well; see above.")),
        many => Err(Failure::failed(format!("{many} things are not well; see above."))),
    }
}

fn tell<T: Display>(troubles: &mut u32, what: &str, found: Result<T, String>) {
    match found {
        Ok(said) => println!("ok    {what}: {said}"),
        Err(said) => {
            *troubles += 1;
            println!("WRONG {what}: {said}");
        }
    }
}

fn folder(settings: &Settings) -> Result<String, String> {
    let shown = settings.data.display();
    if !settings.data.is_dir() {
        return Err(format!(
            "{shown} is not there. Name the server's data folder with --data."
        ));
    }
    tempfile::tempfile_in(&settings.data)
        .map(|_| format!("{shown} can be written"))
        .map_err(|error| {
            format!("{shown} can't be written ({error}). Give the folder to the user that runs the server.")
        })
}

fn schema(found: guildhall_store::Result<i64>) -> Result<String, String> {
    let known = MIGRATIONS.last().map_or(0, |newest| newest.number);
    let found =
        found.map_err(|_| "there is none yet. Run 'guildhall migrate' or start the server.".to_owned())?;
    match found.cmp(&known) {
        std::cmp::Ordering::Equal => Ok(format!("{found}, the newest")),
        std::cmp::Ordering::Less => Err(format!(
            "{found}, and this program works on {known}. Run 'guildhall migrate' or start the server."
        )),
        std::cmp::Ordering::Greater => Err(format!(
            "{found}, and this program knows {known} only. Use the newer program, or restore a backup made before the \
             upgrade."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_that_does_not_fit_says_what_to_do() {
        let newest = MIGRATIONS.last().expect("a migration").number;
        assert!(schema(Ok(newest)).is_ok());
        assert!(schema(Ok(newest - 1)).is_err_and(|said| said.contains("guildhall migrate")));
        assert!(schema(Ok(newest + 1)).is_err_and(|said| said.contains("newer program")));
    }
}
