//! Photos that a directory gave, set when its people are there.

use super::entries::Entry;
use super::feed::{self, Line};
use super::rules::Reader;
use super::work::Worker;
use crate::accounts::{self, Change, ProfileField, Source, Verb, Whom};
use crate::directory::links::{self, Link, Place};
use crate::{Error, Result, files, pictures};

/// Photos that are written in one transaction.
const AT_ONCE: usize = 20;

impl Worker<'_> {
    pub(super) async fn apply_photos(&mut self, mut reader: Reader) -> Result<()> {
        let Some(place) = self.place() else { return Ok(()) };
        reader.pictures = true;
        let mut batches = feed::rows(self.file().await?, &self.run.mapping, reader, self.run.position);
        while let Some(batch) = self.holding(batches.recv()).await? {
            let rows = batch?.into_iter().filter_map(|line| match line {
                Line::Row(reading) if !reading.has_left => Some((reading.line, *reading.entry?)),
                _ => None,
            });
            let mut entries: Vec<(i64, Entry)> = rows.filter(|(_, entry)| entry.photo.is_some()).collect();
            let keys = entries.iter().map(|(_, entry)| entry.key.clone()).collect();
            let mut reads = self.app.db.snapshot().await?;
            let mut known = links::by_key(&mut reads, place, keys).await?;
            drop(reads);
            for (_, entry) in &mut entries {
                entry.link = known.remove(&entry.key);
            }
            entries.retain(|(_, entry)| entry.link.is_some() && entry.has_new_photo());
            for some in entries.chunks_mut(AT_ONCE) {
                self.set_photos(place, some).await?;
            }
        }
        Ok(())
    }

    async fn set_photos(&mut self, place: Place, entries: &mut [(i64, Entry)]) -> Result<()> {
        let mut ready = Vec::with_capacity(entries.len());
        for (line, entry) in entries {
            let bytes = entry.picture.take().unwrap_or_default();
            // What is no picture is passed over, and not tried again until it is another.
            let photo = pictures::made(bytes).await.ok();
            if let Some(mut link) = entry.link.take() {
                link.photo = entry.photo.take();
                ready.push((link, photo));
            }
            self.run.position = *line;
        }
        let mut tx = self.app.begin_long().await?;
        tx.lock(self.run.workplace.0).await?;
        let mut links: Vec<Link> = Vec::with_capacity(ready.len());
        for (link, photo) in ready {
            if let Some(photo) = photo {
                self.set_photo(&mut tx, &link, photo).await?;
            }
            links.push(link);
        }
        links::put(&mut tx, place, &links).await?;
        self.finish(tx).await
    }

    async fn set_photo(&self, tx: &mut guildhall_store::Tx, link: &Link, photo: Vec<u8>) -> Result<()> {
        let named = ("photo.jpg", "image/jpeg");
        let file = files::keep_small(self.app, tx, self.run.workplace, named, photo).await?;
        let patch = vec![(ProfileField::Photo, Some(file.to_string()))];
        let mut change = Change::new(Source::Directory, Verb::Update { patch });
        (change.run, change.of) = (Some(self.run.id), self.run.of());
        let whom = Whom::Is(link.account);
        match accounts::plan(self.app, tx, &self.actor, whom, &change, &self.policy).await {
            Ok(plan) if !plan.is_unchanged() => accounts::apply(self.app, tx, &self.actor, &plan).await,
            Err(error @ (Error::Internal(_) | Error::Store(_))) => Err(error),
            // Another source has the word on the photo, or the person is gone.
            _ => files::delete(tx, self.run.workplace, file).await,
        }
    }
}
