//! Several transactions in one commit. A commit on SQLite waits for the disk, for longer than most transactions take. So
//! whoever waits to write while another does writes behind it in the same transaction of the database, behind a savepoint
//! of their own, and the last one commits for all. Nobody is told that it went well before it is on the disk.

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::lite::{Connection, patiently};
use crate::{Error, Result};

/// So long after the first has written others may come into a commit.
const OPEN: Duration = Duration::from_millis(if cfg!(test) { 60_000 } else { 10 });
/// And so many.
const MOST: usize = 64;
/// So long somebody waits for their turn.
const PATIENCE: Duration = Duration::from_mins(2);

/// Whether a transaction is in one commit with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    Together,
    /// It may be long: others are not to wait for it to be told that theirs is done.
    Alone,
}

/// Where those wait who want to write.
#[derive(Debug)]
pub struct Desk {
    path: PathBuf,
    home: Mutex<Home>,
    line: Mutex<Line>,
    #[cfg(test)]
    commits: std::sync::atomic::AtomicUsize,
}

/// Where the connection is while nobody writes.
#[derive(Debug)]
enum Home {
    Here(Box<Connection>),
    /// Somebody has it; or it was given up, and the next one opens another.
    Away,
    Closed,
}

#[derive(Debug, Default)]
struct Line {
    busy: bool,
    waiting: VecDeque<(Pace, oneshot::Sender<Seat>)>,
}

/// The turn to write, with what others wrote before and is not committed yet. Dropped, the next one has it.
#[derive(Debug)]
struct Seat {
    desk: Option<Arc<Desk>>,
    batch: Option<Batch>,
}

/// What is written and not committed.
#[derive(Debug)]
struct Batch {
    connection: Box<Connection>,
    /// Those who have written, and are told once it is on the disk.
    written: Vec<oneshot::Sender<Result<()>>>,
    /// When the first of them had.
    since: Option<Instant>,
}

/// A transaction that may write. Dropped without [`Writer::commit`], nothing of it happened.
#[derive(Debug)]
pub struct Writer {
    seat: Seat,
    pace: Pace,
    /// It writes behind a savepoint.
    nested: bool,
}

impl Desk {
    pub(crate) fn new(path: &Path) -> Result<Arc<Self>> {
        Ok(Arc::new(Self {
            path: path.to_owned(),
            home: Mutex::new(Home::Here(Box::new(Connection::to_write(path)?))),
            line: Mutex::default(),
            #[cfg(test)]
            commits: std::sync::atomic::AtomicUsize::new(0),
        }))
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn home(&self) -> MutexGuard<'_, Home> {
        self.home.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody waits for their turn.
    pub(crate) fn is_waited_for(&self) -> bool {
        !self.line().waiting.is_empty()
    }

    pub(crate) async fn begin(self: &Arc<Self>, pace: Pace) -> Result<Writer> {
        let mut writer = self.turn(pace).await?;
        if writer.nested {
            writer.execute("SAVEPOINT one", &[])?;
        } else {
            writer.begin_immediate().await?;
        }
        Ok(writer)
    }

    /// The turn to write, in which nothing is begun. Whatever is begun is rolled back when it is dropped.
    pub(crate) async fn turn(self: &Arc<Self>, pace: Pace) -> Result<Writer> {
        let mut seat = self.seat(pace).await?;
        let nested = seat.batch.is_some();
        if !nested {
            seat.batch = Some(Batch {
                connection: self.take_home()?,
                written: Vec::new(),
                since: None,
            });
        }
        Ok(Writer { seat, pace, nested })
    }

    fn take_home(&self) -> Result<Box<Connection>> {
        let mut home = self.home();
        match std::mem::replace(&mut *home, Home::Away) {
            Home::Here(connection) => Ok(connection),
            Home::Away => Ok(Box::new(Connection::to_write(&self.path)?)),
            Home::Closed => {
                *home = Home::Closed;
                Err(sqlx::Error::PoolClosed.into())
            }
        }
    }

    fn bring_home(&self, connection: Box<Connection>) {
        let mut home = self.home();
        if matches!(*home, Home::Away) {
            *home = Home::Here(connection);
        }
    }

    /// Ends the connection, after what is under way.
    pub(crate) async fn close(self: &Arc<Self>) {
        // Whoever had to wait too long for their turn ends it all the same.
        let _turn = self.seat(Pace::Alone).await;
        *self.home() = Home::Closed;
    }

    async fn seat(self: &Arc<Self>, pace: Pace) -> Result<Seat> {
        let turn = {
            let mut line = self.line();
            if !line.busy {
                line.busy = true;
                return Ok(Seat::new(self, None));
            }
            let (sender, turn) = oneshot::channel();
            line.waiting.push_back((pace, sender));
            turn
        };
        let turn = tokio::time::timeout(PATIENCE, turn).await;
        let turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?;
        Ok(turn.map_err(|_| sqlx::Error::PoolClosed)?)
    }

    /// Who comes next, if they write together with others.
    fn next_together(&self) -> Option<oneshot::Sender<Seat>> {
        let mut line = self.line();
        loop {
            let (pace, sender) = line.waiting.front()?;
            if !sender.is_closed() && *pace == Pace::Alone {
                return None;
            }
            let (_, sender) = line.waiting.pop_front()?;
            if !sender.is_closed() {
                return Some(sender);
            }
        }
    }

    /// The next one has the turn, with nothing written before.
    fn pass(self: Arc<Self>) {
        loop {
            let next = {
                let mut line = self.line();
                let next = line.waiting.pop_front();
                line.busy = next.is_some();
                next
            };
            let Some((_, sender)) = next else { return };
            match sender.send(Seat::new(&self, None)) {
                Ok(()) => return,
                Err(mut seat) => seat.desk = None,
            }
        }
    }

    /// Commits what was written, and tells those who wrote it.
    fn commit(&self, batch: Batch) -> Result<()> {
        #[cfg(test)]
        self.commits.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let done = patiently(|| batch.connection.execute("COMMIT", &[]));
        for writer in batch.written {
            let told = match &done {
                Ok(_) => Ok(()),
                Err(why) => Err(Error::Together(why.to_string())),
            };
            // Whoever does not wait any more has gone.
            let _ = writer.send(told);
        }
        self.end(batch.connection);
        done.map(drop)
    }

    /// The connection is free for the next one, with nothing begun. One that can't be rolled back is given up.
    fn end(&self, connection: Box<Connection>) {
        if connection.roll_back().is_ok() {
            self.bring_home(connection);
        }
    }
}

impl Seat {
    fn new(desk: &Arc<Desk>, batch: Option<Batch>) -> Self {
        Self {
            desk: Some(Arc::clone(desk)),
            batch,
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(desk) = self.desk.take() else { return };
        // Others have written, and wait for it to be committed.
        if let Some(batch) = self.batch.take()
            && let Err(why) = desk.commit(batch)
        {
            tracing::error!(%why, "what was written could not be committed");
        }
        desk.pass();
    }
}

impl Writer {
    /// Runs statements of the transaction.
    pub(crate) fn run<T>(&mut self, statements: impl FnOnce(&Connection) -> T) -> T {
        match self.pace {
            Pace::Together => statements(self),
            Pace::Alone => patiently(|| statements(self)),
        }
    }

    /// Ends when what was written is on the disk.
    pub(crate) async fn commit(mut self) -> Result<()> {
        let (Some(desk), Some(batch)) = (self.seat.desk.clone(), &mut self.seat.batch) else {
            return Err(sqlx::Error::PoolClosed.into());
        };
        if self.nested {
            batch.connection.execute("RELEASE one", &[])?;
        }
        let since = *batch.since.get_or_insert_with(Instant::now);
        let open = self.pace == Pace::Together && batch.written.len() < MOST && since.elapsed() < OPEN;
        if open && let Some(next) = desk.next_together() {
            let (sender, told) = oneshot::channel();
            batch.written.push(sender);
            let batch = self.seat.batch.take();
            self.seat.desk = None;
            // Gone meanwhile, the seat is dropped, which commits.
            let _ = next.send(Seat::new(&desk, batch));
            return told.await.map_err(|_| sqlx::Error::PoolClosed)?;
        }
        let Some(batch) = self.seat.batch.take() else {
            return Ok(());
        };
        // The turn goes on when the seat is dropped: after the commit.
        desk.commit(batch)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let (Some(batch), Some(desk)) = (self.seat.batch.take(), &self.seat.desk) else {
            return;
        };
        if self.nested {
            // Where that fails there was no savepoint yet, or all is rolled back and the commit fails.
            let _ = batch.connection.execute("ROLLBACK TO one", &[]);
            let _ = batch.connection.execute("RELEASE one", &[]);
            self.seat.batch = Some(batch);
        } else {
            // It was the first: nobody else has written.
            desk.end(batch.connection);
        }
    }
}

impl Deref for Writer {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        let batch = self.seat.batch.as_ref();
        &batch.expect("a writer has its turn until it commits").connection
    }
}

impl DerefMut for Writer {
    fn deref_mut(&mut self) -> &mut Connection {
        let batch = self.seat.batch.as_mut();
        &mut batch.expect("a writer has its turn until it commits").connection
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::{Db, Tx, sql};

    struct World {
        db: Db,
        _folder: tempfile::TempDir,
    }

    async fn world() -> World {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_lite(&folder.path().join("test.db")).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        for text in [
            "CREATE TABLE things (id BIGINT PRIMARY KEY)",
            "CREATE TABLE parts (id BIGINT PRIMARY KEY, \
             thing BIGINT REFERENCES things (id) DEFERRABLE INITIALLY DEFERRED)",
        ] {
            sql(text).execute(&mut tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        World { db, _folder: folder }
    }

    async fn put(tx: &mut Tx, table: &'static str, id: i64, thing: i64) {
        let put = match table {
            "things" => sql("INSERT INTO things (id) VALUES ($1)").bind(id),
            _ => sql("INSERT INTO parts (id, thing) VALUES ($1, $2)")
                .bind(id)
                .bind(thing),
        };
        put.execute(tx).await.unwrap();
    }

    impl World {
        fn desk(&self) -> &Arc<Desk> {
            let Db::Lite { desk, .. } = &self.db else {
                unreachable!("opened as SQLite")
            };
            desk
        }

        fn commits(&self) -> usize {
            self.desk().commits.load(Ordering::Relaxed)
        }

        async fn things(&self) -> Vec<i64> {
            sql("SELECT id FROM things ORDER BY id")
                .scalars(&self.db)
                .await
                .unwrap()
        }

        /// Somebody who writes a thing and commits, once it is their turn. `dangling`: a part of no thing, too, which
        /// fails at the commit.
        fn writer(&self, id: i64, dangling: bool) -> tokio::task::JoinHandle<Result<()>> {
            let db = self.db.clone();
            tokio::spawn(async move {
                let mut tx = db.begin().await?;
                put(&mut tx, "things", id, 0).await;
                if dangling {
                    put(&mut tx, "parts", id, -1).await;
                }
                tx.commit().await
            })
        }

        async fn until_waiting(&self, count: usize) {
            while self.desk().line().waiting.len() < count {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn those_who_wait_share_a_commit_and_the_next_is_free() {
        let world = world().await;
        let mut first = world.db.begin().await.unwrap();
        put(&mut first, "things", 0, 0).await;
        let before = world.commits();
        let others: Vec<_> = (1..=20).map(|id| world.writer(id, false)).collect();
        world.until_waiting(20).await;
        assert_eq!(world.db.others_wait(), Some(true));
        first.commit().await.unwrap();
        for other in others {
            other.await.unwrap().unwrap();
        }
        assert_eq!(world.things().await, (0..=20).collect::<Vec<_>>());
        let commits = world.commits() - before;
        assert!(commits < 21, "{commits} for 21 who wrote");
        world.writer(21, false).await.unwrap().unwrap();
        assert_eq!(world.db.others_wait(), Some(false));
        world.db.close().await;
    }

    #[tokio::test]
    async fn who_takes_it_back_takes_nothing_from_the_others() {
        let world = world().await;
        let mut first = world.db.begin().await.unwrap();
        put(&mut first, "things", 0, 0).await;
        let one = world.writer(1, false);
        world.until_waiting(1).await;
        let db = world.db.clone();
        let refused = tokio::spawn(async move {
            let mut tx = db.begin().await.unwrap();
            put(&mut tx, "things", 2, 0).await;
            // Dropped: a rule said no.
        });
        world.until_waiting(2).await;
        let three = world.writer(3, false);
        world.until_waiting(3).await;
        first.commit().await.unwrap();
        one.await.unwrap().unwrap();
        refused.await.unwrap();
        three.await.unwrap().unwrap();
        assert_eq!(world.things().await, [0, 1, 3]);
        // The first of all, too, may take its own back.
        let mut tx = world.db.begin().await.unwrap();
        put(&mut tx, "things", 4, 0).await;
        drop(tx);
        world.writer(5, false).await.unwrap().unwrap();
        assert_eq!(world.things().await, [0, 1, 3, 5]);
    }

    #[tokio::test]
    async fn who_goes_away_while_waiting_is_passed_over() {
        let world = world().await;
        let mut first = world.db.begin().await.unwrap();
        put(&mut first, "things", 0, 0).await;
        let others: Vec<_> = (1..=6).map(|id| world.writer(id, false)).collect();
        world.until_waiting(6).await;
        for gone in [0, 2, 5] {
            others[gone].abort();
        }
        first.commit().await.unwrap();
        for (at, other) in others.into_iter().enumerate() {
            assert_eq!(other.await.is_err(), [0, 2, 5].contains(&at));
        }
        assert_eq!(world.things().await, [0, 2, 4, 5]);
        world.writer(9, false).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn nobody_waits_for_a_long_one() {
        let world = world().await;
        let mut first = world.db.begin().await.unwrap();
        put(&mut first, "things", 0, 0).await;
        let (db, (done, wait)) = (world.db.clone(), oneshot::channel::<()>());
        let long = tokio::spawn(async move {
            let mut tx = db.begin_long().await.unwrap();
            put(&mut tx, "things", 1, 0).await;
            wait.await.unwrap();
            tx.commit().await
        });
        world.until_waiting(1).await;
        let two = world.writer(2, false);
        world.until_waiting(2).await;
        // Told at once, though the long one has the turn from now on.
        first.commit().await.unwrap();
        assert_eq!(world.things().await, [0]);
        done.send(()).unwrap();
        long.await.unwrap().unwrap();
        two.await.unwrap().unwrap();
        assert_eq!(world.things().await, [0, 1, 2]);
    }

    #[tokio::test]
    async fn all_are_told_when_the_commit_fails_and_the_next_goes_well() {
        let world = world().await;
        let mut first = world.db.begin().await.unwrap();
        put(&mut first, "things", 0, 0).await;
        let others = [world.writer(1, false), world.writer(2, true)];
        world.until_waiting(2).await;
        // The first hands its turn on, and is told when the last has committed.
        let told = first.commit().await;
        let mut failed = usize::from(told.is_err());
        for other in others {
            failed += usize::from(other.await.unwrap().is_err());
        }
        assert_eq!(failed, 3, "one commit for three");
        assert_eq!(world.things().await, Vec::<i64>::new());
        world.writer(3, false).await.unwrap().unwrap();
        assert_eq!(world.things().await, [3]);
    }
}
