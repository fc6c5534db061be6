//! Wake-ups between the servers of one deployment, on both databases.

use guildhall_core::signals;

#[tokio::test]
async fn wake_ups_are_heard_once_and_swept_away() {
    crate::common::on_both(async |world| {
        let app = &world.app;
        let mut tx = app.begin().await.unwrap();
        let (now, workplace) = (app.now(), world.workplace.id);
        signals::send(&mut tx, &app.entropy, now, workplace, None, signals::PEOPLE)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let heard = signals::recent(&app.db, now).await.unwrap();
        assert_eq!(heard.len(), 1);
        assert_eq!(
            (heard[0].workplace, heard[0].kind.as_str()),
            (workplace, signals::PEOPLE)
        );
        world.hands.turn(60);
        assert!(signals::recent(&app.db, app.now()).await.unwrap().is_empty());
        signals::sweep(app, app.now()).await.unwrap();
        assert!(signals::recent(&app.db, now).await.unwrap().is_empty());
    })
    .await;
}
