//! The cluster as a handle, and what makes it go on.

mod objects;

pub use objects::Changed;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::api::Api;
use crate::clock::Clock;
use crate::options::Options;
use crate::react;
use crate::rights::User;
use crate::world::World;

/// How often controllers may have work left over before a test is told that they never come to rest.
const TURNS: usize = 10_000;

/// A cluster. Cheap to clone; it ends when the last clone and the last service are gone.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

pub(crate) struct Inner {
    world: Mutex<World>,
    pub(crate) clock: Clock,
    /// Something was written.
    stirred: Arc<Notify>,
    /// The end of the cluster, for the tasks that watch it.
    pub(crate) over: CancellationToken,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.over.cancel();
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sandbox")
    }
}

impl Inner {
    /// The cluster at this moment. Whoever may have written calls [`Self::stir`] afterwards.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // Each write is done as a whole or not at all.
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.now = self.clock.now();
        world
    }

    /// Lets the controllers look at what was written.
    pub(crate) fn stir(&self) {
        self.stirred.notify_one();
    }

    /// Answers whether more is to be done at once, and when the next timer runs out.
    fn turn(&self) -> (bool, Option<Timestamp>) {
        let now = self.clock.now();
        let mut world = self.world();
        let more = react::turn(&mut world, now);
        (more, world.work.next_due())
    }
}

impl Sandbox {
    /// A cluster with nodes, namespaces and storage classes. With the real clock a task works from now on, so that has to be
    /// called inside a tokio runtime; with a manual one nothing moves by itself.
    pub fn new(options: Options) -> Self {
        let clock = options.clock.clone();
        let world = World::new(options, clock.now());
        let inner = Arc::new(Inner {
            world: Mutex::new(world),
            clock: clock.clone(),
            stirred: Arc::default(),
            over: CancellationToken::new(),
        });
        let sandbox = Self(inner);
        if clock.is_manual() {
            sandbox.settle();
        } else {
            sandbox.run();
        }
        sandbox
    }

    /// Goes over from a manual clock to the real one: what was played before becomes the past. Has to be called inside a
    /// tokio runtime. A cluster that runs already is left alone.
    pub fn go_live(&self) {
        if self.0.clock.is_manual() {
            self.0.clock.release();
            self.run();
        }
    }

    /// Puts the contents of another cluster, which is empty afterwards, in place of this one's, as restoring a backup of etcd
    /// does. Users and their tokens stay; open watches end, and positions from before are too old.
    pub(crate) fn take_over(&self, other: &Self) {
        let mut taken = {
            let mut world = other.0.world();
            let empty = World::new(world.options.clone(), world.now);
            std::mem::replace(&mut *world, empty)
        };
        let mut world = self.0.world();
        taken.options = world.options.clone();
        std::mem::swap(&mut taken.rights, &mut world.rights);
        taken.store.follow_on(&world.store);
        *world = taken;
        drop(world);
        self.0.stir();
    }

    /// Starts the task that does the work as its time comes.
    fn run(&self) {
        let over = self.0.over.clone();
        let weak = Arc::downgrade(&self.0);
        tokio::spawn(over.run_until_cancelled_owned(async move {
            while let Some(inner) = weak.upgrade() {
                let (more, due) = inner.turn();
                let stirred = Arc::clone(&inner.stirred);
                let time = due.map(|at| inner.clock.until(at));
                // Held while waiting, the cluster would never end.
                drop(inner);
                if more {
                    tokio::task::yield_now().await;
                } else {
                    rest(&stirred, time).await;
                }
            }
        }));
    }

    /// A service that answers as an API server answers this user, for `kube::Client::new`.
    pub fn service(&self, user: User) -> Api {
        Api::new(Arc::clone(&self.0), Some(user))
    }

    /// A service that finds out by the bearer token who calls.
    pub(crate) fn open_service(&self) -> Api {
        Api::new(Arc::clone(&self.0), None)
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.0
    }

    /// Works until nothing is left to do at this moment.
    ///
    /// # Panics
    /// If the controllers never come to rest.
    pub fn settle(&self) {
        for _ in 0..TURNS {
            if !self.0.turn().0 {
                return;
            }
        }
        panic!("the controllers do not come to rest");
    }

    /// Moves a manual clock on, timer by timer.
    ///
    /// # Panics
    /// As [`Self::settle`].
    pub fn advance(&self, by: Duration) {
        self.settle();
        let end = self.0.clock.now() + by;
        while let Some(due) = self.next_due().filter(|due| *due <= end) {
            self.0.clock.move_to(due);
            self.settle();
        }
        self.0.clock.move_to(end);
        self.settle();
    }

    /// When the next timer runs out: a pod that starts, a claim that is bound, a controller that tries again.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.0.world().work.next_due()
    }

    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

/// Until something is written or a timer runs out.
async fn rest(stirred: &Notify, timer: Option<Duration>) {
    match timer {
        Some(time) => {
            let _ = tokio::time::timeout(time, stirred.notified()).await;
        }
        None => stirred.notified().await,
    }
}
