use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use guildhall_core::ids::{AccountId, TokenId};
use guildhall_core::tokens::{self, Token};
use guildhall_core::{Moment, Permission, accounts};
use serde::{Deserialize, Serialize};

use crate::caller::Asker;
use crate::{Failure, Problem, Site};

/// A token without its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ApiToken {
    id: TokenId,
    name: String,
    /// Its last characters.
    hint: String,
    scopes: Vec<Permission>,
    created_by: Option<CreatedBy>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Moment>,
}

/// Who did it.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct CreatedBy {
    pub id: AccountId,
    pub display_name: String,
}

impl ApiToken {
    fn of(token: Token, names: &[accounts::people::Named]) -> Self {
        let by = token
            .created_by
            .and_then(|id| names.iter().find(|named| named.id == id))
            .map(|named| CreatedBy {
                id: named.id,
                display_name: named.display_name.clone(),
            });
        Self {
            id: token.id,
            name: token.name,
            hint: token.hint,
            scopes: token.scopes,
            created_by: by,
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
        }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ApiTokens {
    items: Vec<ApiToken>,
}

/// The tokens of the workplace, newest first.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "tokens", responses(
    (status = 200, description = "The tokens", body = ApiTokens),
    (status = 403, description = "It takes tokens.manage", body = Problem, content_type = "application/problem+json")
))]
pub async fn list(State(site): State<Site>, asker: Asker) -> Result<Json<ApiTokens>, Failure> {
    asker.actor.need(Permission::TokensManage)?;
    let (db, workplace) = (&site.app.db, asker.actor.workplace);
    let found = tokens::list(db, workplace).await?;
    let makers: Vec<AccountId> = found.iter().filter_map(|token| token.created_by).collect();
    let names = accounts::named(db, workplace, &makers).await?;
    Ok(Json(ApiTokens {
        items: found
            .into_iter()
            .map(|token| ApiToken::of(token, &names))
            .collect(),
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Which program uses it.
    name: String,
    scopes: Vec<Permission>,
    /// Absent: it lives until it is ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Moment>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct MadeToken {
    /// The secret, told this once.
    token: String,
    #[serde(flatten)]
    about: ApiToken,
}

/// Makes a token. Its secret is told once and not kept.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "tokens", request_body = NewToken, responses(
    (status = 201, description = "The token with its secret", body = MadeToken),
    (status = 403, description = "It takes tokens.manage, and every scope that it is to have", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn create(
    State(site): State<Site>,
    asker: Asker,
    Json(new): Json<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), Failure> {
    let (token, secret) =
        tokens::create(&site.app, &asker.actor, &new.name, &new.scopes, new.expires_at).await?;
    let made = MadeToken {
        token: secret,
        about: ApiToken::of(token, &[]),
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Ends a token: it opens nothing from the next request on.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "tokens", params(("id" = TokenId, Path)), responses(
    (status = 204, description = "It has ended"),
    (status = 404, description = "There is no such token", body = Problem, content_type = "application/problem+json")
))]
pub async fn end(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<TokenId>,
) -> Result<StatusCode, Failure> {
    tokens::end(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
