//! Photos that an identity provider names by their address.

use guildhall_core::connectors::{self, LogFilter, Settings};
use guildhall_core::scim;
use guildhall_testkit::web::WebSites;
use serde_json::json;

use super::{admin, anna, connected};
use crate::common::on_both;

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_comes_from_the_address_that_the_provider_names() {
    let sites = WebSites::start();
    on_both(async |server| {
        let (cookie, actor) = admin(server).await;
        let (client, connector) = connected(server, &actor, Settings::default()).await;
        let app = server.app.clone().with_fetcher(sites.fetcher());
        let mut person = anna();
        person["photos"] = json!([
            {"type": "thumbnail", "value": "https://missing.example/small.png"},
            {"type": "photo", "value": "https://right.example/photo.png"},
        ]);
        let id = client.add(person).await;
        let photo = format!("/api/v1/people/{id}/photo");
        let newest = async || {
            server.desk.written().await;
            let filter = LogFilter {
                limit: 1,
                ..LogFilter::default()
            };
            let log = connectors::log(&server.app, &actor, connector.id, &filter)
                .await
                .unwrap();
            log.items[0].clone()
        };
        let added = newest().await;
        assert!(added.notes.iter().any(|note| note.contains("photo")), "{added:?}");
        assert_eq!(server.get(&cookie, &photo).await.status, 404);

        scim::fetch_photos(&app).await.unwrap();
        let shown = server.get(&cookie, &photo).await;
        assert_eq!(shown.status, 200, "{:?}", newest().await);
        assert_eq!(shown.headers["content-type"], "image/jpeg");
        assert_eq!(
            newest().await.summary,
            "Took the photo of Anna Nowak from its address."
        );

        // What does not come leaves the photo as it was, and says why.
        for (address, said) in [
            ("https://missing.example/photo.png", "404"),
            ("https://inner.example/photo.png", "no public address"),
            ("http://right.example/photo.png", "https://"),
            (
                "https://right.example/.well-known/guildhall-domain-verification.html",
                "picture can't be used",
            ),
            ("https://endless.example/", "larger than"),
        ] {
            let named =
                json!([{"op": "replace", "path": "photos", "value": [{"type": "photo", "value": address}]}]);
            let answer = client.patch(&format!("/Users/{id}"), named).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            scim::fetch_photos(&app).await.unwrap();
            let entry = newest().await;
            assert!(entry.summary.contains(said), "{address}: {}", entry.summary);
            assert_eq!(server.get(&cookie, &photo).await.status, 200);
        }

        // It goes when it is not named any more, whatever did not come in between.
        let back = json!([{"op": "replace", "path": "photos",
            "value": [{"type": "photo", "value": "https://right.example/photo.png"}]}]);
        client.patch(&format!("/Users/{id}"), back).await;
        scim::fetch_photos(&app).await.unwrap();
        let none = json!([{"op": "remove", "path": "photos"}]);
        let answer = client.patch(&format!("/Users/{id}"), none).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(server.get(&cookie, &photo).await.status, 404);
    })
    .await;
}
