//! How many responses are verified in a second on one processor: `bench/saml.sh` runs it beside others. Prints a line for each
//! number, `name<TAB>a second`, and leaves the response and who it is from in the folder `GUILDHALL_SAML`.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_wire::saml::{Expect, Trust, accept, open};
use jiff::{SignedDuration, Timestamp};

use crate::idp::{ACS, AUDIENCE, ISSUER, OURS, Says, Signs, der};

const SECONDS: i64 = 3;

#[allow(
    clippy::disallowed_methods,
    reason = "a measurement, and the programs beside it, take the real time"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

fn tell(name: &str, mut once: impl FnMut()) {
    let (mut done, from) = (0_u32, now());
    while now() < from + SignedDuration::from_secs(SECONDS) {
        (0..100).for_each(|_| once());
        done += 100;
    }
    let took = now().duration_since(from).as_secs_f64();
    println!("{name}\t{:.0}", f64::from(done) / took);
}

/// The same with the signature behind the issuer, and without an empty key: pysaml2 looks at that, too.
fn by_the_schema(xml: &str) -> String {
    let xml = xml.replace("<ds:KeyInfo><ds:X509Data/></ds:KeyInfo>", "");
    let (from, to) = (
        xml.find("<ds:Signature ").unwrap(),
        xml.find("</ds:Signature>").unwrap(),
    );
    let (signature, rest) = xml[from..].split_at(to + "</ds:Signature>".len() - from);
    let (issuer, rest) = rest.split_once("<saml:Subject>").unwrap();
    format!("{}{issuer}{signature}<saml:Subject>{rest}", &xml[..from])
}

#[test]
#[ignore = "a measurement: bench/saml.sh runs it"]
fn responses_a_second() {
    let now = self::now();
    let at = |minutes| {
        (now + SignedDuration::from_mins(minutes))
            .strftime("%Y-%m-%dT%H:%M:%SZ")
            .to_string()
    };
    let says = Says {
        in_response_to: None,
        issued: at(0),
        not_before: at(-5),
        until: at(60),
        ..Says::default()
    };
    let xml = by_the_schema(&says.send(Signs::Assertion));
    let certificate = der(include_str!("idp.pem"));

    // What the processor does at best: one signature over 64 bytes, again and again.
    let key = RsaKeyPair::from_pkcs8(&der(include_str!("idp.key"))).unwrap();
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &[7; 64], &mut signature)
        .unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
    tell("bare RSA-2048", || {
        public.verify(black_box(&[7; 64]), &signature).unwrap();
    });
    let trust = Trust::new(vec![certificate.clone()], false).unwrap();
    tell("verified", || {
        let expect = Expect {
            issuer: ISSUER,
            audience: AUDIENCE,
            acs: ACS,
            request: None,
            unasked: true,
            now,
            skew: SignedDuration::from_secs(60),
        };
        accept(&open(black_box(&xml), &trust, Some(OURS)).unwrap(), expect).unwrap();
    });

    let out = std::env::var("GUILDHALL_SAML").unwrap();
    let write = |name: &str, text: &str| fs::write(Path::new(&out).join(name), text).unwrap();
    write("response", &STANDARD.encode(&xml));
    write("certificate", &STANDARD.encode(&certificate));
    write("said", &format!("{ISSUER}\n{AUDIENCE}\n{ACS}\n"));
}
