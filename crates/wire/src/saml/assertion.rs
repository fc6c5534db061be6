//! An assertion: who somebody is, for whom that is said, and until when (Core 2.3.3).

use std::collections::BTreeMap;

use jiff::Timestamp;
use roxmltree::Node;

use super::strict::{attribute, children, is, only, text, time, time_of};
use super::{Refusal, ns};

/// Whom an assertion is about (Core 2.2.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameId {
    pub value: String,
    pub format: Option<String>,
    pub name_qualifier: Option<String>,
    pub sp_name_qualifier: Option<String>,
}

impl NameId {
    pub(super) fn read(name: Node<'_, '_>) -> Result<Self, Refusal> {
        let part = |name_of| name.attribute(name_of).map(str::to_owned);
        Ok(Self {
            value: text(name)?,
            format: part("Format"),
            name_qualifier: part("NameQualifier"),
            sp_name_qualifier: part("SPNameQualifier"),
        })
    }
}

/// To whom the assertion may be shown by its bearer (Core 2.4.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    pub method: String,
    pub recipient: Option<String>,
    pub in_response_to: Option<String>,
    pub not_before: Option<Timestamp>,
    pub not_on_or_after: Option<Timestamp>,
}

/// What an identity provider says of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    pub id: String,
    pub issued: Timestamp,
    pub issuer: String,
    pub name_id: Option<NameId>,
    pub confirmations: Vec<Confirmation>,
    pub not_before: Option<Timestamp>,
    pub not_on_or_after: Option<Timestamp>,
    /// For whom it is meant: each list is a condition of its own (Core 2.5.1.4).
    pub audiences: Vec<Vec<String>>,
    /// It may be used once only, which is so of all of them here.
    pub authenticated: Option<Timestamp>,
    pub session_index: Option<String>,
    pub session_not_on_or_after: Option<Timestamp>,
    pub context: Option<String>,
    /// By name; a name that stands twice holds the values of both.
    pub attributes: BTreeMap<String, Vec<String>>,
}

impl Assertion {
    /// Reads an `<Assertion>` whose bytes were verified.
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Refusal> {
        if !is(node, ns::ASSERTION, "Assertion") {
            return Err(Refusal::wrapped("What is signed is not an assertion."));
        }
        if attribute(node, "Version")? != "2.0" {
            return Err(Refusal::malformed("The assertion is not of SAML 2.0."));
        }
        let issuer = only(node, ns::ASSERTION, "Issuer")?
            .ok_or_else(|| Refusal::malformed("The assertion has no issuer."))?;
        let mut assertion = Self {
            id: attribute(node, "ID")?,
            issued: time(&attribute(node, "IssueInstant")?)?,
            issuer: text(issuer)?,
            name_id: None,
            confirmations: Vec::new(),
            not_before: None,
            not_on_or_after: None,
            audiences: Vec::new(),
            authenticated: None,
            session_index: None,
            session_not_on_or_after: None,
            context: None,
            attributes: BTreeMap::new(),
        };
        if let Some(subject) = only(node, ns::ASSERTION, "Subject")? {
            assertion.read_subject(subject)?;
        }
        if let Some(conditions) = only(node, ns::ASSERTION, "Conditions")? {
            assertion.read_conditions(conditions)?;
        }
        if let Some(statement) = only(node, ns::ASSERTION, "AuthnStatement")? {
            assertion.read_authentication(statement)?;
        }
        for statement in children(node).filter(|child| is(*child, ns::ASSERTION, "AttributeStatement")) {
            assertion.read_attributes(statement)?;
        }
        Ok(assertion)
    }

    fn read_subject(&mut self, subject: Node<'_, '_>) -> Result<(), Refusal> {
        if let Some(name) = only(subject, ns::ASSERTION, "NameID")? {
            self.name_id = Some(NameId::read(name)?);
        }
        for confirmation in children(subject).filter(|child| is(*child, ns::ASSERTION, "SubjectConfirmation"))
        {
            let data = only(confirmation, ns::ASSERTION, "SubjectConfirmationData")?;
            let part = |name| data.and_then(|data| data.attribute(name)).map(str::to_owned);
            let at = |name| {
                data.map(|data| time_of(data, name))
                    .transpose()
                    .map(Option::flatten)
            };
            self.confirmations.push(Confirmation {
                method: attribute(confirmation, "Method")?,
                recipient: part("Recipient"),
                in_response_to: part("InResponseTo"),
                not_before: at("NotBefore")?,
                not_on_or_after: at("NotOnOrAfter")?,
            });
        }
        Ok(())
    }

    /// A condition that is not understood makes an assertion invalid (Core 2.5.1.1).
    fn read_conditions(&mut self, conditions: Node<'_, '_>) -> Result<(), Refusal> {
        self.not_before = time_of(conditions, "NotBefore")?;
        self.not_on_or_after = time_of(conditions, "NotOnOrAfter")?;
        for condition in children(conditions) {
            match condition.tag_name().name() {
                "AudienceRestriction" if is(condition, ns::ASSERTION, "AudienceRestriction") => {
                    let audiences = children(condition).filter(|child| is(*child, ns::ASSERTION, "Audience"));
                    self.audiences
                        .push(audiences.map(text).collect::<Result<_, _>>()?);
                }
                "OneTimeUse" | "ProxyRestriction"
                    if condition.tag_name().namespace() == Some(ns::ASSERTION) => {}
                other => {
                    return Err(Refusal::malformed(format!(
                        "The assertion has a condition that is not known: <{other}>."
                    )));
                }
            }
        }
        Ok(())
    }

    fn read_authentication(&mut self, statement: Node<'_, '_>) -> Result<(), Refusal> {
        self.authenticated = time_of(statement, "AuthnInstant")?;
        self.session_index = statement.attribute("SessionIndex").map(str::to_owned);
        self.session_not_on_or_after = time_of(statement, "SessionNotOnOrAfter")?;
        if let Some(context) = only(statement, ns::ASSERTION, "AuthnContext")? {
            let class = only(context, ns::ASSERTION, "AuthnContextClassRef")?;
            self.context = class.map(text).transpose()?;
        }
        Ok(())
    }

    fn read_attributes(&mut self, statement: Node<'_, '_>) -> Result<(), Refusal> {
        for given in children(statement).filter(|child| is(*child, ns::ASSERTION, "Attribute")) {
            let values = self.attributes.entry(attribute(given, "Name")?).or_default();
            for value in children(given).filter(|child| is(*child, ns::ASSERTION, "AttributeValue")) {
                // A value that is an element itself (an EncryptedID, say) is nothing that a profile could hold.
                if children(value).next().is_none() {
                    values.push(text(value)?);
                }
            }
        }
        Ok(())
    }
}
