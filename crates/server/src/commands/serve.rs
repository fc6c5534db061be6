use std::net::SocketAddr;
use std::time::Duration;

use guildhall_core::access::PasswordHasher;
use guildhall_core::{
    App, access, codes, conditions, connectors, devices, directory, domains, factors, groups, imports,
    invite_rules, jobs, joining, last_days, scim, sign_ins, sso, sso_required, workplaces,
};
use guildhall_http::{Events, Site};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::database;
use crate::failure::{Failure, Outcome};
use crate::mail;
use crate::settings::Settings;

/// How long requests under way may take once the server was told to stop.
const FAREWELL: Duration = Duration::from_secs(30);
/// How often it is looked for work.
const DESK: Duration = Duration::from_millis(300);
/// How often it is looked whether a domain is to be looked at.
const PROOFS: Duration = Duration::from_secs(5);
/// How often it is looked whether admins are to be told who waits.
const DIGESTS: Duration = Duration::from_mins(10);
/// How often it is looked whether a rule has somebody to invite.
const INVITING: Duration = Duration::from_secs(3);
/// How often it is looked whether a day has come.
const CALENDAR: Duration = Duration::from_mins(2);
/// What was kept long enough is removed this often.
const TIDY: Duration = Duration::from_hours(1);
/// Old samples are folded away this often.
const UPKEEP: Duration = Duration::from_secs(5);
/// Upper bounds of the buckets of every duration, in seconds.
const SECONDS: [f64; 10] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

pub async fn run(settings: Settings) -> Outcome {
    let listener = listen(settings.listen, "--listen").await?;
    let bound = listener.local_addr().unwrap_or(settings.listen);
    let public_url = settings.public_url(bound);
    let app = database::start(&settings).await?;
    let db = app.db.clone();
    let postman = mail::postman(&settings.mail, &app, &public_url)?;
    let events = Events::start(app.clone());
    let log = connectors::Desk::start(app.clone());
    let setup_code = app.entropy.secret();
    let app_at_work = app.clone();
    let set_up = !workplaces::none(&app.db).await?;
    let router = guildhall_http::router(Site {
        hasher: PasswordHasher::new(&app.entropy)?,
        app,
        events: events.clone(),
        connectors: log.clone(),
        mail_from: postman.as_ref().map(|postman| postman.from.as_str().into()),
        openness: settings.open_workplaces,
        public_url: public_url.clone(),
        setup_code: setup_code.as_str().into(),
    })
    .map_err(|why| {
        Failure::wrong(format!(
            "The setting \"public_url\" is not an address of a site: {why}"
        ))
    })?;

    let (stop, stopped) = watch::channel(false);
    let metrics = match settings.metrics_listen {
        Some(address) => Some(serve_metrics(address, stopped.clone()).await?),
        None => None,
    };
    let desk = tokio::spawn(desk(app_at_work, settings.keep_days, stopped.clone()));
    let postmen = postman.map(|postman| tokio::spawn(mail::carry(postman, stopped.clone())));
    let site = tokio::spawn(guildhall_http::serve(listener, router, told(stopped)));

    eprintln!("\n  Guildhall listens on {bound}. Open {public_url} in a browser.");
    eprintln!(
        "  Its data is in {}. Ctrl-C stops it.\n",
        settings.database_name()
    );
    if !set_up {
        eprintln!("  Nobody has set it up yet. From another machine, that takes this code: {setup_code}\n");
    }
    asked_to_stop().await?;
    tracing::info!("stopping: finishing the requests under way");
    let _ = stop.send(true);
    events.stop();
    let result = tokio::time::timeout(FAREWELL, site).await;
    // What is not finished goes on at the next start.
    desk.abort();
    if let Some(postmen) = postmen {
        // A letter under way is finished; what takes longer is told as unknown at the next start.
        let _ = tokio::time::timeout(FAREWELL, postmen).await;
    }
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    log.written().await;
    db.close().await;
    match result {
        Ok(Ok(Ok(()))) => Ok(()),
        Ok(Ok(Err(error))) => Err(Failure::failed(format!("The server ended badly: {error}"))),
        Ok(Err(error)) => Err(Failure::failed(format!("The server ended badly: {error}"))),
        Err(_) => {
            tracing::warn!("some requests took too long and were cut off");
            Ok(())
        }
    }
}

/// Does what waits to be done in the background, until told to stop. A long list holds up no job.
async fn desk(app: App, keep_days: i64, mut stopped: watch::Receiver<bool>) {
    tokio::select! {
        () = lists(&app) => {}
        () = jobs(&app) => {}
        () = directories(&app) => {}
        () = photos(&app) => {}
        () = proofs(&app) => {}
        () = digests(&app) => {}
        () = providers(&app) => {}
        () = rules(&app) => {}
        () = calendar(&app) => {}
        () = invitations(&app) => {}
        () = tidy(&app, keep_days) => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

async fn lists(app: &App) {
    let mut bell = app.bell.listen();
    loop {
        if let Err(why) = imports::work(app).await {
            tracing::error!(%why, "a list can't be worked on");
        }
        bell.rung(DESK).await;
    }
}

async fn directories(app: &App) {
    let mut bell = app.bell.listen();
    loop {
        if let Err(why) = directory::groups::work(app).await {
            tracing::error!(%why, "the groups of directories");
        }
        if let Err(why) = directory::work(app).await {
            tracing::error!(%why, "a directory can't be read");
        }
        bell.rung(DESK).await;
    }
}

async fn photos(app: &App) {
    let mut bell = app.bell.listen();
    loop {
        if let Err(why) = scim::fetch_photos(app).await {
            tracing::error!(%why, "photos can't be fetched");
        }
        bell.rung(DESK).await;
    }
}

async fn jobs(app: &App) {
    let mut bell = app.bell.listen();
    loop {
        if let Err(why) = access::answer_resets(app).await {
            tracing::error!(%why, "forgotten passwords can't be answered");
        }
        if let Err(why) = jobs::work(app).await {
            tracing::error!(%why, "a job can't be worked on");
        }
        bell.rung(DESK).await;
    }
}

async fn proofs(app: &App) {
    loop {
        if let Err(why) = domains::work(app).await {
            tracing::error!(%why, "domains can't be looked at");
        }
        tokio::time::sleep(PROOFS).await;
    }
}

async fn providers(app: &App) {
    loop {
        if let Err(why) = sso::work(app).await {
            tracing::error!(%why, "identity providers can't be looked at");
        }
        if let Err(why) = sso_required::work(app).await {
            tracing::error!(%why, "it can't be looked at who keeps a way in past single sign-on");
        }
        tokio::time::sleep(PROOFS).await;
    }
}

async fn digests(app: &App) {
    loop {
        if let Err(why) = joining::digest(app).await {
            tracing::error!(%why, "admins can't be told who waits");
        }
        tokio::time::sleep(DIGESTS).await;
    }
}

async fn rules(app: &App) {
    let mut bell = app.bell.listen();
    loop {
        if let Err(why) = groups::work(app).await {
            tracing::error!(%why, "the rules of groups can't be worked on");
        }
        bell.rung(DESK).await;
    }
}

async fn invitations(app: &App) {
    loop {
        if let Err(why) = invite_rules::work(app).await {
            tracing::error!(%why, "rules that invite can't be worked on");
        }
        tokio::time::sleep(INVITING).await;
    }
}

/// What comes with a new day, somewhere.
async fn calendar(app: &App) {
    loop {
        if let Err(why) = conditions::turn_days(app).await {
            tracing::error!(%why, "rules that wait for a day can't be looked at");
        }
        if let Err(why) = last_days::work(app).await {
            tracing::error!(%why, "last days can't be looked at");
        }
        if let Err(why) = invite_rules::remind(app).await {
            tracing::error!(%why, "nobody can be reminded");
        }
        tokio::time::sleep(CALENDAR).await;
    }
}

/// Forgets what was kept long enough.
async fn tidy(app: &App, keep_days: i64) {
    loop {
        let before = app.now().plus_days(-keep_days);
        for done in [
            imports::tidy(app, before).await,
            jobs::tidy(app, before).await,
            codes::tidy(app, before).await,
            sign_ins::tidy(app).await,
            sso::tidy(app).await,
            factors::tidy(app).await,
            devices::tidy(app).await,
            access::tidy(app).await,
            factors::enforce(app).await,
        ] {
            if let Err(why) = done {
                tracing::error!(%why, "what is old can't be removed");
            }
        }
        tokio::time::sleep(TIDY).await;
    }
}

async fn listen(address: SocketAddr, setting: &str) -> Outcome<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::failed(format!(
            "Can't listen on {address} ({error}). Stop what listens there, or choose another address with {setting}."
        ))
    })
}

async fn told(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone: then it is time to stop, too.
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn asked_to_stop() -> Outcome {
    let no = |error| Failure::failed(format!("The system does not pass signals on: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(no)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

async fn serve_metrics(
    address: SocketAddr,
    stopped: watch::Receiver<bool>,
) -> Outcome<tokio::task::JoinHandle<()>> {
    let listener = listen(address, "the setting metrics_listen (or \"off\")").await?;
    let bound = listener.local_addr().unwrap_or(address);
    let no = |error| Failure::failed(format!("The metrics can't be collected: {error}"));
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(no)?;
    let upkeep = handle.clone();
    let router = guildhall_http::metrics_router(move || handle.render());
    tracing::info!("metrics for Prometheus: http://{bound}/metrics");
    Ok(tokio::spawn(async move {
        let mut ticks = tokio::time::interval(UPKEEP);
        let fold = async {
            loop {
                ticks.tick().await;
                upkeep.run_upkeep();
            }
        };
        tokio::select! {
            result = guildhall_http::serve(listener, router, told(stopped)) => {
                if let Err(error) = result {
                    tracing::error!(%error, "the metrics ended");
                }
            }
            () = fold => {}
        }
    }))
}
