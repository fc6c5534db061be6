//! Wakes those of this process who look for work from time to time, so that what was just asked for begins at once. What
//! another process asked for is found at the next look.

use std::time::Duration;

use tokio::sync::watch;

/// Rung when there is work.
#[derive(Debug, Default)]
pub struct Bell(watch::Sender<()>);

/// Somebody who looks for work.
#[derive(Debug)]
pub struct Listener(watch::Receiver<()>);

impl Bell {
    /// There is work. To be called when it can be seen: after the commit.
    pub fn ring(&self) {
        self.0.send_replace(());
    }

    /// Hears each ring from now on.
    pub fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

impl Listener {
    /// Waits for a ring; at once, if there was one since the last time. No longer than `most`.
    pub async fn rung(&mut self, most: Duration) {
        if let Ok(Err(_)) = tokio::time::timeout(most, self.0.changed()).await {
            // Nobody is left who could ring.
            tokio::time::sleep(most).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_hours(1);
    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn a_ring_is_heard_by_all_and_not_lost_meanwhile() {
        let bell = Bell::default();
        let (mut one, mut other) = (bell.listen(), bell.listen());
        bell.ring();
        one.rung(LONG).await;
        other.rung(LONG).await;
        for _ in 0..2 {
            let from = tokio::time::Instant::now();
            one.rung(SHORT).await;
            assert!(from.elapsed() >= SHORT, "one ring is heard once");
        }
        drop(bell);
        let from = tokio::time::Instant::now();
        one.rung(SHORT).await;
        assert!(from.elapsed() >= SHORT, "nobody rings");
    }
}
