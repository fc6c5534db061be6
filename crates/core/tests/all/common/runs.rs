//! What stories of lists and of directories share: both are runs.

use guildhall_core::imports::{self, Run, RunState};

use super::World;

pub async fn again(world: &World, run: &Run) -> Run {
    imports::get(&world.app.db, &world.admin(), run.id).await.unwrap()
}

pub async fn applied(world: &World, run: &Run) -> Run {
    imports::apply(&world.app, &world.admin(), run.id, false)
        .await
        .unwrap();
    imports::work(&world.app).await.unwrap();
    let run = again(world, run).await;
    assert_eq!(run.state, RunState::Applied, "{:?}", run.error);
    run
}
