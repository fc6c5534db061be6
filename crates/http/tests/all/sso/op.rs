//! An OpenID provider within the test: its addresses are asked over HTTPS as anybody's, its tokens are really signed; where a browser
//! would type a name, a test says who it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::State as At;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::routing::{get as getting, post as posting};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_core::{App, Entropy};
use guildhall_testkit::https::Site;
use guildhall_wire::oidc::request::challenge;
use serde_json::{Value, json};

use crate::common::Server;
use crate::sso::hall::{Page, ask, get, verified};
use crate::sso::signer::Signer;

pub const ISSUER: &str = "https://op.example";
pub const SECRET: &str = "s/cret +1";

struct Asked {
    nonce: String,
    challenge: String,
    redirect: String,
    who: String,
}

/// What the provider is and does.
pub struct Op {
    app: App,
    pub published: Vec<Arc<Signer>>,
    pub signs: Arc<Signer>,
    pub algorithm: &'static str,
    /// What its document says otherwise.
    pub document: Value,
    /// What its ID tokens say otherwise; null: nothing.
    pub says: Value,
    pub user_info: Value,
    pub secret: &'static str,
    /// `basic`, `post` or `none`.
    pub by: &'static str,
    /// It answers nothing but an error.
    pub down: bool,
    pub keys_asked: usize,
    codes: HashMap<String, Asked>,
}

type Shared = Arc<Mutex<Op>>;

fn put(all: &mut Value, change: &Value) {
    for (name, value) in change.as_object().into_iter().flatten() {
        if value.is_null() {
            all.as_object_mut().unwrap().remove(name);
        } else {
            all[name] = value.clone();
        }
    }
}

fn of(op: &Shared) -> Result<MutexGuard<'_, Op>, StatusCode> {
    let op = op.lock().unwrap();
    if op.down {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    Ok(op)
}

async fn document(At(op): At<Shared>) -> Result<Json<Value>, StatusCode> {
    let mut all = json!({
        "issuer": ISSUER, "authorization_endpoint": format!("{ISSUER}/auth"), "token_endpoint": format!("{ISSUER}/token"),
        "userinfo_endpoint": format!("{ISSUER}/me"), "jwks_uri": format!("{ISSUER}/keys"), "end_session_endpoint": format!("{ISSUER}/end"),
        "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "authorization_response_iss_parameter_supported": true, "backchannel_logout_supported": true
    });
    put(&mut all, &of(&op)?.document);
    Ok(Json(all))
}

async fn keys(At(op): At<Shared>) -> Result<Json<Value>, StatusCode> {
    let mut op = of(&op)?;
    op.keys_asked += 1;
    let keys: Vec<Value> = op.published.iter().map(|key| key.jwk()).collect();
    Ok(Json(json!({ "keys": keys })))
}

async fn me(At(op): At<Shared>, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let op = of(&op)?;
    if headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes) != Some(b"Bearer access") {
        return Err(StatusCode::UNAUTHORIZED);
    }
    Ok(Json(op.user_info.clone()))
}

impl Op {
    fn knows(&self, headers: &HeaderMap, form: &HashMap<String, String>) -> bool {
        let given = |name: &str| form.get(name).map(String::as_str);
        let header = headers
            .get(header::AUTHORIZATION)
            .map(|value| value.to_str().unwrap());
        match self.by {
            "basic" => {
                let secret: String = url::form_urlencoded::byte_serialize(self.secret.as_bytes()).collect();
                let pair = STANDARD.encode(format!("hall:{secret}"));
                header == Some(&format!("Basic {pair}")) && given("client_secret").is_none()
            }
            "post" => {
                (header, given("client_id"), given("client_secret"))
                    == (None, Some("hall"), Some(self.secret))
            }
            _ => (header, given("client_id"), given("client_secret")) == (None, Some("hall"), None),
        }
    }

    fn id_token(&self, asked: &Asked) -> String {
        let now = self.app.now().timestamp().as_second();
        let mut claims = json!({"iss": ISSUER, "aud": "hall", "sub": format!("n-{}", asked.who), "nonce": asked.nonce, "iat": now,
            "exp": now + 300, "sid": format!("at-{}", asked.who), "email": asked.who, "email_verified": true,
            "department": "Research & Development", "groups": ["one", "two"]});
        put(&mut claims, &self.says);
        self.signs.token(self.algorithm, &claims)
    }

    /// Word of somebody who left.
    pub fn goodbye(&self, change: &Value) -> String {
        let now = self.app.now().timestamp().as_second();
        let id = Entropy::system().secret();
        let mut claims = json!({"iss": ISSUER, "aud": "hall", "iat": now, "exp": now + 120, "jti": id,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}}});
        put(&mut claims, change);
        self.signs.token(self.algorithm, &claims)
    }
}

async fn token(
    At(op): At<Shared>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Result<(StatusCode, Json<Value>), StatusCode> {
    let mut op = of(&op)?;
    if !op.knows(&headers, &form) {
        return Ok((StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_client"}))));
    }
    let given = |name: &str| form.get(name).cloned().unwrap_or_default();
    let asked = op.codes.remove(&given("code"));
    let asked = asked.filter(|asked| {
        given("grant_type") == "authorization_code"
            && challenge(&given("code_verifier")) == asked.challenge
            && given("redirect_uri") == asked.redirect
    });
    let Some(asked) = asked else {
        let error = json!({"error": "invalid_grant", "error_description": "no such code"});
        return Ok((StatusCode::BAD_REQUEST, Json(error)));
    };
    let said = json!({"id_token": op.id_token(&asked), "access_token": "access", "token_type": "Bearer"});
    Ok((StatusCode::OK, Json(said)))
}

/// A workplace with a verified domain, and an OpenID provider that is connected.
pub struct House {
    pub server: Server,
    pub admin: String,
    pub provider: Value,
    pub path: String,
    op: Shared,
    _site: Site,
}

impl House {
    pub async fn open(server: &Server) -> Self {
        let signer = Arc::new(Signer::rsa("first"));
        let op = Op {
            app: server.app.clone(),
            published: vec![signer.clone()],
            signs: signer,
            algorithm: "RS256",
            document: json!({}),
            says: json!({}),
            user_info: json!({}),
            secret: SECRET,
            by: "basic",
            down: false,
            keys_asked: 0,
            codes: HashMap::new(),
        };
        let op = Arc::new(Mutex::new(op));
        let router = Router::new()
            .route("/.well-known/openid-configuration", getting(document))
            .route("/keys", getting(keys))
            .route("/me", getting(me))
            .route("/token", posting(token))
            .with_state(op.clone());
        let site = Site::start("op.example", router).await;
        let server = Server::of(server.app.clone().with_providers(site.fetcher()));
        let admin = server.set_up().await.cookie();
        verified(&server, &admin, "hall.example").await;
        let made = json!({"name": "Our OP", "protocol": "oidc"});
        let made = server.send(&admin, "POST", "/api/v1/sso/providers", made).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let path = format!("/api/v1/sso/providers/{}", made.body["id"].as_str().unwrap());
        Self {
            server,
            admin,
            provider: made.body,
            path,
            op,
            _site: site,
        }
    }

    /// Connected, tested and switched on.
    pub async fn ready(server: &Server) -> Self {
        let house = Self::open(server).await;
        house.connect(json!({})).await;
        house.edit(json!({"domains": ["hall.example"]})).await;
        let page = house.round(&house.admin, "test", "nobody@hall.example").await;
        assert!(page.text.contains("It works"), "{}", page.text);
        let on = house.edit(json!({"on": true})).await;
        assert_eq!(on["on"], true, "{on}");
        house
    }

    pub async fn connect(&self, change: Value) -> Value {
        let mut given = json!({"issuer": ISSUER, "client_id": "hall", "client_secret": SECRET});
        put(&mut given, &change);
        self.edit(json!({ "oidc": given })).await
    }

    pub async fn edit(&self, edit: Value) -> Value {
        self.server
            .send(&self.admin, "PATCH", &self.path, edit)
            .await
            .body
    }

    pub fn op(&self) -> MutexGuard<'_, Op> {
        self.op.lock().unwrap()
    }

    /// What its next tokens say otherwise.
    pub fn says(&self, change: Value) {
        self.op().says = change;
    }

    pub fn at(&self, part: &str) -> String {
        format!("/sso/oidc/{}/{part}", self.provider["id"].as_str().unwrap())
    }

    /// Begins: where the browser is sent, and its cookie.
    pub async fn begin(&self, cookie: &str, how: &str) -> (url::Url, String) {
        let asked = get(&self.server, cookie, &format!("{}?next=/people", self.at(how))).await;
        assert_eq!(asked.status, 303, "{}", asked.text);
        let to = url::Url::parse(asked.to()).unwrap();
        assert_eq!((to.host_str(), to.path()), (Some("op.example"), "/auth"));
        (to, asked.cookie("guildhall-sso").unwrap())
    }

    /// Somebody says there who they are; gives the address to which the browser comes back.
    pub fn says_who(&self, to: &url::Url, who: &str) -> String {
        let of = |name: &str| {
            let found = to.query_pairs().find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned()).unwrap_or_default()
        };
        assert_eq!(
            (of("code_challenge_method"), of("client_id"), of("scope")),
            ("S256".into(), "hall".into(), "openid email profile".into())
        );
        let code = Entropy::system().secret();
        let asked = Asked {
            nonce: of("nonce"),
            challenge: of("code_challenge"),
            redirect: of("redirect_uri"),
            who: who.to_owned(),
        };
        let back = asked
            .redirect
            .strip_prefix("http://localhost:8080")
            .unwrap()
            .to_owned();
        self.op().codes.insert(code.clone(), asked);
        let pairs = [("code", code), ("state", of("state")), ("iss", ISSUER.to_owned())];
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        format!("{back}?{query}")
    }

    /// There and back again; gives the page that the browser ends at.
    pub async fn round(&self, cookie: &str, how: &str, who: &str) -> Page {
        let (to, browser) = self.begin(cookie, how).await;
        let back = self.says_who(&to, who);
        let cookies = format!("{cookie}; {browser}");
        let page = self.back(&cookies, &back).await;
        if page.status != 303 {
            return page;
        }
        assert!(page.to().starts_with("/sso/enter/"), "{}", page.to());
        get(&self.server, &cookies, page.to()).await
    }

    pub async fn back(&self, cookies: &str, address: &str) -> Page {
        ask(&self.server, cookies, ("GET", address), &[], "cross-site").await
    }

    /// What is being prepared is tested, and so comes into force.
    pub async fn tested(&self) {
        let page = self.round(&self.admin, "test", "nobody@hall.example").await;
        assert!(page.text.contains("It works"), "{}", page.text);
    }

    pub async fn log_in(&self, who: &str) -> Page {
        self.round("", "start", who).await
    }

    /// They take their account; gives their cookie.
    pub async fn come(&self, who: &str) -> String {
        let (to, browser) = self.begin("", "start").await;
        let back = self.back(&browser, &self.says_who(&to, who)).await;
        let agreed = [("accept_terms", "true")];
        let entered = ask(
            &self.server,
            &browser,
            ("POST", back.to()),
            &agreed,
            "same-origin",
        )
        .await;
        assert_eq!(entered.status, 303, "{}", entered.text);
        entered.cookie("guildhall").unwrap()
    }

    pub async fn add(&self, name: &str) -> String {
        let person = json!({"display_name": name, "email": format!("{name}@hall.example"), "invite": true});
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

    /// Whether whoever holds the cookie is in.
    pub async fn is_in(&self, cookie: &str) -> bool {
        self.server.get(cookie, "/api/v1/me").await.status == 200
    }

    pub async fn left(&self, token: &str) -> Page {
        let path = self.at("back-channel");
        ask(
            &self.server,
            "",
            ("POST", &path),
            &[("logout_token", token)],
            "none",
        )
        .await
    }
}
