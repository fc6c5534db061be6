use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::{Problem, Site, description, page, pages, routes as r, scim, wrap};

/// The most that a request may carry, where its route does not say otherwise.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Guildhall",
        description = "Who is in the organisation, how they get in, and what they may do.\n\nErrors are \
                       `application/problem+json`: `detail` is a sentence that says what to do, `code` is stable.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem))
)]
struct Description;

/// Every route of the API.
fn api() -> OpenApiRouter<Site> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(r::health::healthz))
        .routes(routes!(r::health::readyz))
        .routes(routes!(r::description::openapi_json))
        .routes(routes!(r::setup::needed, r::setup::set_up))
        .routes(routes!(r::sessions::log_in))
        .routes(routes!(r::sessions::log_out))
        .routes(routes!(r::me::me, r::me::edit))
        .routes(routes!(r::me::sessions, r::me::end_others))
        .routes(routes!(r::me::end_session))
        .routes(routes!(r::resets::change))
        .routes(routes!(r::resets::ask))
        .routes(routes!(r::resets::offer, r::resets::choose))
        .routes(routes!(r::claims::offer, r::claims::claim).layer(DefaultBodyLimit::max(r::claims::MOST)))
        .routes(routes!(r::events::events))
        .routes(routes!(r::people::list::list, r::people::one::add))
        .routes(routes!(r::people::list::count))
        .routes(routes!(r::people::list::facets))
        .routes(routes!(r::people::export::export))
        .routes(routes!(r::jobs::bulk))
        .routes(routes!(r::jobs::read))
        .routes(routes!(
            r::people::one::read,
            r::people::one::edit,
            r::people::one::delete
        ))
        .routes(routes!(r::people::one::invite))
        .routes(routes!(r::people::one::remind))
        .routes(routes!(r::people::one::revoke))
        .routes(routes!(r::people::one::unclaim))
        .routes(routes!(r::people::one::deactivate))
        .routes(routes!(r::people::one::reactivate))
        .routes(routes!(r::people::one::strip))
        .routes(routes!(r::people::one::history))
        .routes(routes!(r::people::one::sessions_of, r::people::one::end_sessions))
        .routes(routes!(r::imports::list, r::imports::create))
        .routes(routes!(r::imports::template))
        .routes(routes!(r::imports::read))
        .routes(routes!(r::imports::map))
        .routes(routes!(r::imports::rows))
        .routes(routes!(r::imports::apply))
        .routes(routes!(r::imports::cancel))
        .routes(routes!(r::imports::undo))
        .routes(routes!(r::imports::result))
        .routes(routes!(r::groups::seen::groups_of))
        .routes(routes!(r::groups::seen::preview))
        .routes(routes!(r::roles::give))
        .routes(routes!(
            r::pictures::photo,
            r::pictures::set_photo,
            r::pictures::remove_photo
        ))
        .routes(routes!(r::pictures::set_mine, r::pictures::remove_mine))
        .routes(routes!(
            r::pictures::logo,
            r::pictures::set_logo,
            r::pictures::remove_logo
        ))
        .routes(routes!(r::groups::list, r::groups::create))
        .routes(routes!(r::groups::read, r::groups::edit, r::groups::delete))
        .routes(routes!(r::groups::archive))
        .routes(routes!(r::groups::restore))
        .routes(routes!(r::groups::members::members, r::groups::members::add))
        .routes(routes!(r::groups::members::remove, r::groups::members::own))
        .routes(routes!(r::groups::seen::seen_by))
        .routes(routes!(r::groups::join))
        .routes(routes!(r::groups::leave))
        .routes(routes!(
            r::groups::rule::read,
            r::groups::rule::set,
            r::groups::rule::remove
        ))
        .routes(routes!(r::groups::rule::preview))
        .routes(routes!(r::groups::rule::people_sets))
        .routes(routes!(r::groups::requests::ask, r::groups::requests::take_back))
        .routes(routes!(r::groups::requests::waiting))
        .routes(routes!(r::groups::requests::approve))
        .routes(routes!(r::groups::requests::decline))
        .routes(routes!(r::groups::requests::mine))
        .routes(routes!(r::roles::list, r::roles::create))
        .routes(routes!(r::roles::edit, r::roles::delete))
        .routes(routes!(r::roles::permissions))
        .routes(routes!(r::directory::list))
        .routes(routes!(r::directory::profile))
        .routes(routes!(r::directory::org))
        .routes(routes!(r::invitations::list, r::jobs::invite))
        .routes(routes!(r::jobs::remind))
        .routes(routes!(r::invitations::revoke))
        .routes(routes!(r::outbox::test))
        .routes(routes!(r::outbox::list))
        .routes(routes!(r::outbox::read))
        .routes(routes!(r::outbox::retry))
        .routes(routes!(r::outbox::cancel))
        .routes(routes!(r::audit::list))
        .routes(routes!(r::audit::export))
        .routes(routes!(r::tokens::list, r::tokens::create))
        .routes(routes!(r::tokens::end))
        .routes(routes!(r::workplace::read, r::workplace::edit))
        .merge(sources())
        .merge(ways_in())
}

/// The routes about what people show besides a password.
fn factors() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(r::second::passkey_challenge))
        .routes(routes!(r::second::log_in_by_passkey))
        .routes(routes!(r::second::step, r::second::show))
        .routes(routes!(r::second::challenge))
        .routes(routes!(r::second::app))
        .routes(routes!(r::second::set_up))
        .routes(routes!(r::factors::mine))
        .routes(routes!(
            r::factors::begin_app,
            r::factors::confirm_app,
            r::factors::remove_app
        ))
        .routes(routes!(r::factors::new_codes))
        .routes(routes!(r::factors::begin_passkey))
        .routes(routes!(r::factors::add_passkey))
        .routes(routes!(r::factors::rename_passkey, r::factors::remove_passkey))
        .routes(routes!(r::factors::forget_device))
        .routes(routes!(r::factors::proof_challenge))
        .routes(routes!(r::factors::prove))
        .routes(routes!(r::factors::seen, r::factors::remove_all))
}

/// The routes about what says who belongs here, directories and identity providers; who has the word; and who left.
fn sources() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(r::directories::list, r::directories::create))
        .routes(routes!(r::directories::presets))
        .routes(routes!(r::directories::look))
        .routes(routes!(
            r::directories::read,
            r::directories::edit,
            r::directories::delete
        ))
        .routes(routes!(r::directories::runs::list, r::directories::runs::start))
        .routes(routes!(r::directories::runs::task))
        .routes(routes!(r::directories::runs::push))
        .routes(routes!(r::directories::runs::push_groups))
        .routes(routes!(r::directories::runs::release_groups))
        .routes(routes!(r::directories::runs::agent_trouble))
        .routes(routes!(r::connectors::list, r::connectors::create))
        .routes(routes!(
            r::connectors::read,
            r::connectors::edit,
            r::connectors::end
        ))
        .routes(routes!(r::connectors::tokens, r::connectors::make_token))
        .routes(routes!(r::connectors::end_token))
        .routes(routes!(r::connectors::rotate))
        .routes(routes!(r::connectors::release))
        .routes(routes!(r::connectors::log))
        .routes(routes!(r::connectors::log_entry))
        .routes(routes!(r::connectors::plan))
        .routes(routes!(r::connectors::test, r::connectors::begin_test))
        .routes(routes!(r::people::one::hand_back))
        .routes(routes!(r::people::one::hand_over))
        .routes(routes!(r::leavers::list))
        .routes(routes!(r::leavers::export))
        .routes(routes!(r::leavers::read))
        .routes(routes!(r::leavers::file))
}

/// The routes about domains, and about people who come by themselves.
fn ways_in() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .merge(factors())
        .routes(routes!(r::sign_ins::list))
        .routes(routes!(r::sign_ins::own))
        .routes(routes!(r::sso::list, r::sso::create))
        .routes(routes!(r::sso::read, r::sso::edit, r::sso::remove))
        .routes(routes!(r::sso::refresh))
        .routes(routes!(r::sso_requirement::read, r::sso_requirement::set))
        .routes(routes!(r::sso_requirement::preview))
        .routes(routes!(r::sso_requirement::people))
        .routes(routes!(r::workplace::sessions, r::workplace::end_sessions))
        .routes(routes!(r::domains::list, r::domains::add))
        .routes(routes!(r::domains::read, r::domains::edit, r::domains::remove))
        .routes(routes!(r::domains::check))
        .routes(routes!(r::domains::allow))
        .routes(routes!(r::domains::send_code))
        .routes(routes!(r::domains::give_code))
        .routes(routes!(r::domains::confirm_own))
        .routes(routes!(r::joins::ask))
        .routes(routes!(r::joins::offer, r::joins::come))
        .routes(routes!(r::joins::plead))
        .routes(routes!(r::joins::confirm))
        .routes(routes!(r::joins::deny))
        .routes(routes!(r::joins::ask_opening))
        .routes(routes!(r::joins::opening, r::joins::open))
        .routes(routes!(r::invite_rules::list, r::invite_rules::create))
        .routes(routes!(
            r::invite_rules::read,
            r::invite_rules::edit,
            r::invite_rules::delete
        ))
        .routes(routes!(r::invite_rules::preview))
        .routes(routes!(r::invite_rules::pause))
        .routes(routes!(r::invite_rules::resume))
        .routes(routes!(r::last_days::read))
        .routes(routes!(r::last_days::release))
        .routes(routes!(r::requests::list))
        .routes(routes!(r::requests::approve))
        .routes(routes!(r::requests::decline))
        .routes(routes!(r::requests::invite))
        .routes(routes!(r::requests::links, r::requests::create_link))
        .routes(routes!(r::requests::revoke_link))
        .routes(routes!(r::codes::give, r::codes::revoke))
        .routes(routes!(r::codes::overview, r::codes::give_many))
        .routes(routes!(r::supervisors::own))
        .routes(routes!(r::supervisors::set_locations))
        .routes(routes!(r::kiosks::list, r::kiosks::create))
        .routes(routes!(r::kiosks::end))
        .routes(routes!(r::kiosks::scanned, r::kiosks::confirm))
        .routes(routes!(r::codes::offer, r::codes::take))
}

/// The description of the API, as OpenAPI 3.1 in JSON.
pub fn openapi() -> String {
    let mut told = serde_json::to_value(api().into_openapi()).expect("the description is plain data");
    description::finish(&mut told);
    let mut text = serde_json::to_string_pretty(&told).expect("the description is plain data");
    text.push('\n');
    text
}

/// The whole site: API, page, and what surrounds every request. The layer named last sees a request first.
///
/// # Errors
/// When the public address of the site is not one that a browser sends as an origin.
pub fn router(site: Site) -> Result<Router, String> {
    let csrf = CsrfLayer::new()
        .add_trusted_origin(&site.public_url)
        .map_err(|error| error.to_string())?
        .with_insecure_bypass(|method, uri| {
            method == Method::POST && pages::comes_from_elsewhere(uri.path())
        });
    let (api, _) = api().split_for_parts();
    Ok(api
        .merge(pages::routes())
        .merge(scim::routes())
        .fallback(page::answer)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(csrf)
        .layer(from_fn(wrap::patience::wait))
        .layer(from_fn(wrap::errors::dress))
        .layer(from_fn_with_state(site.clone(), wrap::headers::add))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(site.clone(), wrap::watch::watch))
        .with_state(site))
}
