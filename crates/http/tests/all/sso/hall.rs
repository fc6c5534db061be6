//! A workplace with an identity provider, asked as a browser asks.

use std::net::SocketAddr;

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_core::Actor;
use guildhall_core::domains::{self, Look, Method, Verdict};
use guildhall_core::ids::{DomainId, WorkplaceId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::common::{AWAY, Server};
use crate::sso::idp::{self, Says};

pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Page {
    pub fn to(&self) -> &str {
        let to = self.headers.get(header::LOCATION);
        to.map_or("", |to| to.to_str().unwrap())
    }
    /// The cookie of that name which was set.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let all = self.headers.get_all(header::SET_COOKIE).iter();
        let mut pairs = all.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        let found = pairs.find(|pair| pair.split('=').next() == Some(name))?;
        Some(found.to_owned())
    }
}

pub async fn ask(
    server: &Server,
    cookie: &str,
    (method, path): (&str, &str),
    form: &[(&str, &str)],
    site: &str,
) -> Page {
    let peer: SocketAddr = AWAY.parse().unwrap();
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(form);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", site)
        .extension(ConnectInfo(peer))
        .body(Body::from(if method == "GET" {
            String::new()
        } else {
            body.finish()
        }))
        .unwrap();
    let response = server.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.unwrap();
    Page {
        status: parts.status.as_u16(),
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

pub async fn get(server: &Server, cookie: &str, path: &str) -> Page {
    ask(server, cookie, ("GET", path), &[], "same-origin").await
}

/// A workplace with a verified domain, and a provider that is connected.
pub struct Hall<'a> {
    pub server: &'a Server,
    pub admin: String,
    pub provider: Value,
    pub path: String,
}

/// A response that is signed, with an assertion of its own.
pub fn sent(says: &Says) -> String {
    let id = format!("_{}", guildhall_core::Entropy::system().secret());
    says.response("_r1", &says.signed(&says.assertion(&id), &id))
}

/// The metadata of the provider of the tests.
pub fn metadata() -> String {
    let certificate = STANDARD.encode(idp::der(include_str!("../../../../wire/tests/saml/idp.pem")));
    format!(
        r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{}"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/slo"/><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/></IDPSSODescriptor></EntityDescriptor>"#,
        idp::ISSUER
    )
}

pub async fn verified(server: &Server, admin: &str, name: &str) {
    let made = server
        .send(admin, "POST", "/api/v1/domains", json!({ "name": name }))
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    let id: DomainId = made.body["id"].as_str().unwrap().parse().unwrap();
    let me = server.get(admin, "/api/v1/me").await.body;
    let workplace: WorkplaceId = me["workplace"]["id"].as_str().unwrap().parse().unwrap();
    let actor = Actor::command_line(workplace);
    let domain = domains::get(&server.app, &actor, id).await.unwrap();
    let look = Look {
        way: Method::Dns,
        verdict: Verdict::Proven,
        said: "It is there.".into(),
        found: Vec::new(),
    };
    domains::note_looks(&server.app, &actor, &domain, &[look])
        .await
        .unwrap();
}

fn inflated(request: &str) -> String {
    let deflated = STANDARD.decode(request).unwrap();
    let mut xml = String::new();
    std::io::Read::read_to_string(&mut flate2::read::DeflateDecoder::new(&deflated[..]), &mut xml).unwrap();
    xml
}

impl<'a> Hall<'a> {
    pub async fn open(server: &'a Server) -> Self {
        let admin = server.set_up().await.cookie();
        verified(server, &admin, "hall.example").await;
        let made = server
            .send(
                &admin,
                "POST",
                "/api/v1/sso/providers",
                json!({"name": "Our IdP"}),
            )
            .await;
        assert_eq!(made.status, 201, "{}", made.body);
        let path = format!("/api/v1/sso/providers/{}", made.body["id"].as_str().unwrap());
        let hall = Self {
            server,
            admin,
            provider: made.body,
            path,
        };
        let early = hall.edit(json!({"on": true})).await;
        assert_eq!(early["code"], "not_connected");
        hall.edit(json!({"metadata": metadata()})).await;
        assert_eq!(hall.edit(json!({"on": true})).await["code"], "no_domains");
        let other = hall.edit(json!({"domains": ["elsewhere.example"]})).await;
        assert_eq!(other["code"], "invalid", "{other}");
        hall.edit(json!({"domains": ["hall.example"]})).await;
        assert_eq!(hall.edit(json!({"on": true})).await["code"], "not_tested");
        hall
    }

    pub async fn edit(&self, edit: Value) -> Value {
        self.server
            .send(&self.admin, "PATCH", &self.path, edit)
            .await
            .body
    }

    /// Tested and switched on.
    pub async fn ready(server: &'a Server) -> Self {
        let hall = Self::open(server).await;
        let page = hall
            .round(&hall.admin, "test", hall.says("nobody@hall.example"))
            .await;
        assert!(page.text.contains("It works"), "{}", page.text);
        let on = hall.edit(json!({"on": true})).await;
        assert_eq!(on["on"], true, "{on}");
        hall
    }

    pub fn id(&self) -> &str {
        self.provider["id"].as_str().unwrap()
    }

    /// What the provider would say just now.
    pub fn says(&self, name: &str) -> Says {
        let now: Timestamp = self.server.app.now().timestamp();
        let at = |seconds| {
            let at = now + SignedDuration::from_secs(seconds);
            at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
        };
        let ours = &self.provider["ours"];
        let acs = ours["acs_url"].as_str().unwrap().to_owned();
        Says {
            name_id: name.into(),
            audience: ours["entity_id"].as_str().unwrap().to_owned(),
            recipient: acs.clone(),
            destination: acs,
            in_response_to: None,
            issued: at(-2),
            not_before: at(-60),
            until: at(300),
            ..Says::default()
        }
    }

    /// Begins: the id of the request, its token, and the browser's cookie.
    pub async fn begin(&self, cookie: &str, how: &str) -> (String, String, String) {
        let path = format!("/sso/saml/{}/{how}?next=/people", self.id());
        let (xml, relay, browser) = self.sent_there(cookie, &path).await;
        let id = xml.split(" ID=\"").nth(1).unwrap().split('"').next().unwrap();
        (id.to_owned(), relay, browser)
    }

    /// Where the browser is sent: the request, its token, and the browser's cookie.
    pub async fn sent_there(&self, cookie: &str, path: &str) -> (String, String, String) {
        let asked = get(self.server, cookie, path).await;
        assert_eq!(asked.status, 303, "{}", asked.text);
        let to = url::Url::parse(asked.to()).unwrap();
        assert_eq!(to.host_str(), Some("idp.example"));
        let of = |name: &str| {
            let found = to.query_pairs().find(|(key, _)| key == name);
            found.unwrap().1.into_owned()
        };
        assert!(!of("Signature").is_empty());
        let xml = inflated(&of("SAMLRequest"));
        (xml, of("RelayState"), asked.cookie("guildhall-sso").unwrap())
    }

    /// The request with which somebody is sent there.
    pub async fn asked(&self, how: &str) -> String {
        self.asked_as("", how).await
    }

    /// The same for somebody who is in.
    pub async fn asked_as(&self, cookie: &str, how: &str) -> String {
        let asked = get(self.server, cookie, &format!("/sso/saml/{}/{how}", self.id())).await;
        let to = url::Url::parse(asked.to()).unwrap();
        let request = to.query_pairs().find(|(key, _)| key == "SAMLRequest");
        inflated(&request.unwrap().1)
    }

    pub async fn acs(&self, response: &str, relay: &str) -> Page {
        let path = format!("/sso/saml/{}/acs", self.id());
        let response = STANDARD.encode(response);
        let form = [("SAMLResponse", response.as_str()), ("RelayState", relay)];
        ask(self.server, "", ("POST", &path), &form, "cross-site").await
    }

    /// There and back again; gives the page that the browser ends at.
    pub async fn round(&self, cookie: &str, how: &str, says: Says) -> Page {
        let (id, relay, browser) = self.begin(cookie, how).await;
        let says = Says {
            in_response_to: Some(id),
            ..says
        };
        let back = self.acs(&sent(&says), &relay).await;
        if back.status != 303 {
            return back;
        }
        assert!(back.to().starts_with("/sso/enter/"), "{}", back.to());
        get(self.server, &format!("{cookie}; {browser}"), back.to()).await
    }

    pub async fn log_in(&self, name: &str) -> Page {
        self.round("", "start", self.says(name)).await
    }

    /// They take their account; gives their cookie.
    pub async fn come(&self, name: &str) -> String {
        let (request, relay, browser) = self.begin("", "start").await;
        let says = Says {
            in_response_to: Some(request),
            ..self.says(name)
        };
        let back = self.acs(&sent(&says), &relay).await;
        let agreed = [("accept_terms", "true")];
        let entered = ask(self.server, &browser, ("POST", back.to()), &agreed, "same-origin").await;
        assert_eq!(entered.status, 303, "{}", entered.text);
        entered.cookie("guildhall").unwrap()
    }

    pub async fn add(&self, name: &str, invite: bool) -> String {
        let person = json!({"display_name": name, "email": format!("{name}@hall.example"), "invite": invite});
        let made = self
            .server
            .send(&self.admin, "POST", "/api/v1/people", person)
            .await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.body["id"].as_str().unwrap().to_owned()
    }

    pub async fn newest(&self) -> Value {
        let page = self.server.get(&self.admin, "/api/v1/sign-ins").await.body;
        page["items"][0].clone()
    }
}
