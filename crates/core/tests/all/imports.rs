//! A people file from the upload to the undo, on both databases.

use crate::common::lists::{again, applied, file, find, planned, rows};
use crate::common::on_both;
use guildhall_core::accounts::{self, AccountState as State, ProfileField as Field, Verb, Whom};
use guildhall_core::imports::{self, Mode, RowAction, RowFilter, RowStatus, RunState, Said};
use guildhall_core::outbox;
use guildhall_wire::sheet::{Field as Column, XlsxWriter};

const LIST: &str = "Email,First name,Last name,Department,Manager Email\n\
    anna@example.com,Anna,Łapińska,Finance,zoe@example.com\n\
    bo@example.com,Bo,Berg,Finance,anna@example.com\n\
    cy@example,Cy,Chen,,\n\
    BO@example.com,Bob,Berg,,\n\
    zoe@example.com,Zoë,Zimmer,Board,\n\
    dee@example.com,Dee,Diaz,Sales,nobody@example.com\n\
    ,Nameless,,,\n\
    eve@example.com,Eve,E,Sales,finn@example.com\n\
    finn@example.com,Finn,F,Sales,eve@example.com\n";

#[tokio::test]
async fn a_list_is_planned_row_by_row_then_done() {
    on_both(async |world| {
        world.person("Bo", "bo@example.com", false).await;
        let run = planned(world, Mode::Add, LIST).await;
        assert_eq!(
            rows(world, &run).await,
            [
                "2 valid create",
                "3 valid update",
                "4 invalid none The e-mail address",
                "5 invalid none Line 3 names",
                "6 valid create",
                "7 incomplete create The manager is",
                "8 invalid none Nothing tells who",
                "9 invalid none The managers go",
                "10 invalid none The managers go",
            ]
        );
        assert_eq!(
            (
                run.counts.rows,
                run.counts.create,
                run.counts.update,
                run.counts.invalid
            ),
            (9, 3, 1, 5)
        );
        assert!(
            find(world, "anna@example.com").await.is_none(),
            "a plan changes nobody"
        );

        let run = applied(world, &run).await;
        let (anna, bo, zoe) = (
            find(world, "anna@example.com").await.unwrap(),
            find(world, "bo@example.com").await.unwrap(),
            find(world, "zoe@example.com").await.unwrap(),
        );
        assert_eq!(anna.state, State::Uninvited);
        assert_eq!(
            anna.profile.manager(),
            Some(zoe.id),
            "a manager who came later in the list"
        );
        assert_eq!(
            (bo.profile.manager(), bo.profile.get(Field::FamilyName)),
            (Some(anna.id), Some("Berg"))
        );
        let page = imports::rows(
            &world.app.db,
            &world.admin(),
            run.id,
            &RowFilter {
                limit: 3,
                ..RowFilter::default()
            },
        )
        .await
        .unwrap();
        let outcomes: Vec<&str> = page
            .items
            .iter()
            .map(|row| row.outcome.as_deref().unwrap())
            .collect();
        assert_eq!(outcomes, ["created", "updated", "not done"]);
        let (csv, more) = imports::result(&world.app, &world.admin(), run.id, 0)
            .await
            .unwrap();
        assert!(
            more.is_none()
                && String::from_utf8(csv)
                    .unwrap()
                    .contains("2,Anna Łapińska,valid,create,created,")
        );

        let twice = planned(world, Mode::Add, LIST).await;
        assert_eq!(
            (twice.counts.create, twice.counts.update, twice.counts.unchanged),
            (0, 0, 3)
        );
    })
    .await;
}

fn many(range: std::ops::Range<u32>) -> String {
    let rows = range.map(|number| {
        let manager = if number == 0 {
            String::new()
        } else {
            format!("p{}@example.com", number / 8)
        };
        format!("p{number}@example.com,Person {number},{manager}\n")
    });
    format!("Email,Full name,Manager Email\n{}", rows.collect::<String>())
}

#[tokio::test]
async fn a_full_list_ends_leavers_but_the_brake_holds_when_there_are_too_many() {
    on_both(async |world| {
        let run = planned(world, Mode::Add, &many(0..200)).await;
        applied(world, &run).await;
        let gone = planned(world, Mode::Full, &many(0..190)).await;
        assert_eq!(
            (gone.counts.unchanged, gone.counts.deactivate, gone.brake),
            (190, 10, None)
        );
        let half = planned(world, Mode::Full, &many(0..100)).await;
        let brake = half.brake.unwrap();
        assert_eq!(
            (brake.would_deactivate, brake.limit, brake.active),
            (100, 10, 200)
        );
        let held = imports::apply(&world.app, &world.admin(), half.id, false)
            .await
            .unwrap_err();
        assert_eq!(held.code(), "brake");
        assert!(held.to_string().contains("100 of 200"));

        applied(world, &gone).await;
        assert_eq!(
            find(world, "p195@example.com").await.unwrap().state,
            State::Deactivated
        );
        assert_eq!(
            find(world, "p189@example.com").await.unwrap().state,
            State::Uninvited
        );
        let back = planned(world, Mode::Add, &many(0..200)).await;
        assert_eq!(back.counts.reactivate, 10);

        let leavers = planned(
            world,
            Mode::Leavers,
            "E-mail\np1@example.com\nnobody@example.com\n",
        )
        .await;
        assert_eq!(
            rows(world, &leavers).await,
            ["2 valid deactivate", "3 invalid none Nobody here is"]
        );
        imports::cancel(&world.app, &world.admin(), leavers.id)
            .await
            .unwrap();
        let too_late = imports::apply(&world.app, &world.admin(), leavers.id, false)
            .await
            .unwrap_err();
        assert_eq!(too_late.code(), "import_state");
    })
    .await;
}

#[tokio::test]
async fn the_last_list_is_undone_but_not_what_happened_since() {
    on_both(async |world| {
        let anna = world.person("Anna", "anna@example.com", false).await;
        world.person("Old", "old@example.com", false).await;
        let text = "Email,Full name,Job Title\nanna@example.com,Anna A,Chief\nbo@example.com,Bo,Clerk\ncy@example.com,Cy,Clerk\n";
        let run = planned(world, Mode::Full, text).await;
        let run = applied(world, &run).await;
        assert_eq!(find(world, "old@example.com").await.unwrap().state, State::Deactivated);
        let patch = vec![(Field::Title, Some("Director".to_owned()))];
        world.act(Whom::Is(anna), Verb::Update { patch }).await.unwrap();
        imports::undo(&world.app, &world.admin(), run.id, false).await.unwrap();
        imports::work(&world.app).await.unwrap();
        let run = again(world, &run).await;
        assert_eq!((run.state, run.counts.restored, run.counts.kept), (RunState::Undone, 3, 1));
        assert!(find(world, "bo@example.com").await.is_none());
        assert_eq!(find(world, "old@example.com").await.unwrap().state, State::Uninvited);
        let anna = find(world, "anna@example.com").await.unwrap();
        assert_eq!((anna.name().as_str(), anna.profile.get(Field::Title)), ("Anna", Some("Director")));
    })
    .await;
}

#[tokio::test]
async fn a_list_that_is_no_list_is_refused_with_what_to_do() {
    on_both(async |world| {
        for (text, told) in [
            ("", "empty"),
            ("\u{0}\u{1}\u{2}binary\u{0}", "CSV"),
            ("%PDF-1.7 x", "PDF"),
        ] {
            let refused = imports::create(&world.app, &world.admin(), "x.csv", Mode::Add, file(text)).await;
            let said = refused.unwrap_err().to_string();
            assert!(said.contains(told), "{said}");
        }
        let run = imports::create(
            &world.app,
            &world.admin(),
            "x.csv",
            Mode::Add,
            file("Colour,Shoe\nred,42\n"),
        )
        .await
        .unwrap();
        assert_eq!(
            run.state,
            RunState::Mapping,
            "a person is to say what the columns are"
        );
        let said = Said {
            columns: &[(0, None)],
            ..Said::default()
        };
        let wrong = imports::set_mapping(&world.app, &world.admin(), run.id, &said)
            .await
            .unwrap_err();
        assert!(wrong.to_string().contains("No column names people"));
    })
    .await;
}

#[tokio::test]
async fn inviting_by_list_reaches_those_who_are_here() {
    on_both(async |world| {
        let anna = world.person("Anna", "anna@example.com", false).await;
        let run = planned(
            world,
            Mode::Invite,
            "Email\nanna@example.com\nnobody@example.com\n",
        )
        .await;
        let filter = RowFilter {
            status: Some(RowStatus::Valid),
            action: Some(RowAction::Invite),
            limit: 10,
            ..RowFilter::default()
        };
        assert_eq!(
            imports::rows(&world.app.db, &world.admin(), run.id, &filter)
                .await
                .unwrap()
                .items
                .len(),
            1
        );
        applied(world, &run).await;
        let found = accounts::get(&world.app.db, world.workplace.id, anna)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.state, State::Invited);
    })
    .await;
}

#[tokio::test]
async fn a_workbook_goes_in_like_a_list_and_whoever_is_added_can_be_invited_at_once() {
    on_both(async |world| {
        let mut book = XlsxWriter::new("People").unwrap();
        for row in [
            [
                "E-Mail",
                "Vorname",
                "Nachname",
                "Personalnummer",
                "Vorgesetzter Personalnummer",
            ],
            ["anna@example.com", "Anna", "Łoś", "0007", "0008"],
            ["", "Bo", "Søn", "0008", ""],
        ] {
            book.row(row).unwrap();
        }
        let mut workbook = tempfile::tempfile().unwrap();
        book.finish(&mut workbook).unwrap();
        let run = imports::create(&world.app, &world.admin(), "a.xlsx", Mode::Add, workbook)
            .await
            .unwrap();
        imports::work(&world.app).await.unwrap();
        let said = Said {
            invite: true,
            columns: &[(4, Some(Column::ManagerEmployeeId))],
            ..Said::default()
        };
        imports::set_mapping(&world.app, &world.admin(), run.id, &said)
            .await
            .unwrap();
        imports::work(&world.app).await.unwrap();
        assert_eq!(
            rows(world, &run).await,
            ["2 valid create", "3 incomplete create Not invited: there"]
        );
        applied(world, &run).await;
        let anna = find(world, "anna@example.com").await.unwrap();
        let bo = accounts::by_employee_id(&world.app.db, world.workplace.id, "0008")
            .await
            .unwrap()
            .unwrap();
        assert_eq!((anna.state, bo.state), (State::Invited, State::Uninvited));
        assert_eq!(anna.profile.manager(), Some(bo.id));
        let waiting = outbox::list(
            &world.app.db,
            &world.admin(),
            &outbox::Filter {
                limit: 5,
                ..Default::default()
            },
        )
        .await
        .unwrap();
        let letters: Vec<&str> = waiting
            .items
            .iter()
            .map(|letter| letter.recipient.as_str())
            .collect();
        assert_eq!(letters, ["anna@example.com"]);
    })
    .await;
}
