//! Sheets of access codes as others read them: the PDF made into pictures by one program, its QR codes found there by another.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::common::{World, on_both};
use guildhall_core::accounts::{ProfileField as Field, Verb, Whom};
use guildhall_core::audit;
use guildhall_core::codes::sheets::{self, Kind, Place};
use guildhall_core::codes::{self, Given, rules};
use guildhall_core::workplaces::{self, Workplace};
use guildhall_testkit::tools;

const SITE: &str = "https://people.lodz-and-son.example";

fn run(program: &str, arguments: &[&str], within: &Path) -> String {
    let done = Command::new(program)
        .args(arguments)
        .current_dir(within)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout).unwrap()
}

async fn given(world: &World) -> Vec<Given> {
    let on = |workplace: &mut Workplace| workplace.settings.without_email = true;
    workplaces::change(&world.app, &world.admin(), on).await.unwrap();
    let people = [
        ("Żaneta Brzęczyszczykiewicz", "pl-PL"),
        ("Ελένη Παπαδοπούλου", "el"),
        ("Олександра Шевченко", "uk"),
        ("Bo Bold", "de"),
        ("Søren Ångström", "da"),
        (
            "Maximiliana-Theodora Oberhuber-Freytag von Schwarzenbach-Lang",
            "fr",
        ),
        ("王秀英", "en"),
        ("İbrahim Şahin", "nl"),
        ("José Núñez", "es"),
        ("Zoë", "it"),
    ];
    for (number, (name, locale)) in people.iter().enumerate() {
        let text = |value: &str| Some(value.to_owned());
        let patch = vec![
            (Field::DisplayName, text(name)),
            (Field::EmployeeId, text(&format!("E-{number}"))),
            (
                Field::Department,
                text("Interdisciplinary Research, Development and Quality Assurance"),
            ),
            (Field::Locale, text(locale)),
        ];
        let verb = Verb::Provision {
            patch,
            invite: false,
            role: None,
        };
        world.act(Whom::New, verb).await.unwrap();
    }
    codes::give_many(&world.app, &world.admin(), &codes::Whom::Waiting(None), None)
        .await
        .unwrap()
        .0
}

#[tokio::test]
async fn printed_sheets_are_read_by_others() {
    tools::need("tool_zbar");
    on_both(async |world| {
        let given = given(world).await;
        assert_eq!(given.len(), 10);
        let workplace = workplaces::read(&world.app.db, world.workplace.id).await.unwrap();
        let place = Place {
            workplace,
            site: SITE.into(),
            language: None,
        };
        let folder = tempfile::tempdir().unwrap();
        let bytes = sheets::file(place.clone(), Kind::Pdf, given.clone())
            .await
            .unwrap();
        std::fs::write(folder.path().join("sheets.pdf"), &bytes).unwrap();

        run(
            "pdftoppm",
            &["-r", "150", "-png", "sheets.pdf", "page"],
            folder.path(),
        );
        let pages: Vec<String> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("page"))
            .collect();
        assert_eq!(pages.len(), 2, "eight to a page");
        let mut arguments = vec!["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"];
        arguments.extend(pages.iter().map(String::as_str));
        let read = run("zbarimg", &arguments, folder.path());
        let read: BTreeSet<&str> = read.lines().collect();
        let links: Vec<String> = given.iter().map(|one| place.link(one)).collect();
        assert_eq!(read, links.iter().map(String::as_str).collect());
        for link in read {
            assert_eq!(rules::read(link).unwrap(), link.rsplit('/').next().unwrap());
        }

        let text = run("pdftotext", &["-layout", "sheets.pdf", "-"], folder.path());
        for one in &given {
            assert!(text.contains(&rules::grouped(&one.code)), "{text}");
        }
        for words in [
            "Żaneta Brzęczyszczykiewicz",
            "Ελένη Παπαδοπούλου",
            "Олександра Шевченко",
            "Zeskanuj",
            "Ihr Zugang",
            "Votre accès",
            "Su acceso",
            "Ваш доступ",
            "people.lodz-and-son.example/code",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
    })
    .await;
}

#[tokio::test]
async fn lists_hold_the_same_and_every_download_is_noted() {
    on_both(async |world| {
        let given = given(world).await;
        let workplace = workplaces::read(&world.app.db, world.workplace.id).await.unwrap();
        let place = Place {
            workplace,
            site: SITE.into(),
            language: None,
        };
        let csv = sheets::file(place.clone(), Kind::Csv, given.clone())
            .await
            .unwrap();
        let csv = String::from_utf8(csv).unwrap();
        assert!(csv.starts_with("\u{feff}Name,Employee ID,Department,Location,Access code,Link,Valid until"));
        for one in &given {
            assert!(csv.contains(&rules::grouped(&one.code)) && csv.contains(&place.link(one)));
        }
        let xlsx = sheets::file(place, Kind::Xlsx, given.clone()).await.unwrap();
        assert!(xlsx.starts_with(b"PK"));
        codes::note_download(&world.app, &world.admin(), "pdf", given.len())
            .await
            .unwrap();
        let filter = audit::Filter {
            verb: Some("download_codes".into()),
            limit: 5,
            ..audit::Filter::default()
        };
        let noted = audit::list(&world.app.db, world.workplace.id, &filter)
            .await
            .unwrap();
        assert_eq!(noted.items[0].subject.name, "Codes of 10 people as pdf");
        assert!(sheets::language("xx").is_err());
    })
    .await;
}
