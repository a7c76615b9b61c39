//! What is to be done: at once, and later.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use jiff::Timestamp;

use crate::object::Key;

/// One thing to look at. Looking twice does no harm.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Job {
    /// A sync of the StatefulSet controller.
    Sync(Key),
    /// The pretend kubelet (and scheduler) looks at a pod.
    Pod(Key),
    /// The storage looks at a claim.
    Claim(Key),
    /// The garbage collector looks at an object.
    Collect(Key),
    /// A namespace that goes.
    Empty(Key),
    /// The disruption controller looks at a budget.
    Budget(Key),
    /// The endpoints of a Service.
    Endpoints(Key),
}

/// Queues of jobs. A job is in each of them at most once.
#[derive(Debug, Default)]
pub(crate) struct Work {
    ready: VecDeque<Job>,
    queued: HashSet<Job>,
    later: BTreeMap<Timestamp, Vec<Job>>,
    due: HashMap<Job, Timestamp>,
}

impl Work {
    /// At once.
    pub(crate) fn add(&mut self, job: Job) {
        if self.queued.insert(job.clone()) {
            self.ready.push_back(job);
        }
    }

    /// At a moment, or earlier if it is wanted earlier.
    pub(crate) fn add_at(&mut self, job: Job, at: Timestamp) {
        if self.due.get(&job).is_some_and(|due| *due <= at) {
            return;
        }
        self.forget_timer(&job);
        self.due.insert(job.clone(), at);
        self.later.entry(at).or_default().push(job);
    }

    fn forget_timer(&mut self, job: &Job) {
        if let Some(at) = self.due.remove(job)
            && let Some(all) = self.later.get_mut(&at)
        {
            all.retain(|other| other != job);
            if all.is_empty() {
                self.later.remove(&at);
            }
        }
    }

    /// The next job that can be done now.
    pub(crate) fn next(&mut self) -> Option<Job> {
        let job = self.ready.pop_front()?;
        self.queued.remove(&job);
        Some(job)
    }

    /// Moves what is due into the queue.
    pub(crate) fn wake(&mut self, now: Timestamp) {
        while let Some(entry) = self.later.first_entry() {
            if *entry.key() > now {
                return;
            }
            for job in entry.remove() {
                self.due.remove(&job);
                self.add(job);
            }
        }
    }

    /// When the next timer runs out.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.later.keys().next().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    fn job(name: &str) -> Job {
        Job::Pod(Key::new(Kind::Pod, "shop", name))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_job_is_queued_once_and_its_earliest_timer_counts() {
        let mut work = Work::default();
        work.add(job("a"));
        work.add(job("a"));
        assert_eq!((work.next(), work.next()), (Some(job("a")), None));
        work.add_at(job("b"), at(9));
        work.add_at(job("b"), at(5));
        work.add_at(job("b"), at(7));
        assert_eq!(work.next_due(), Some(at(5)));
        work.wake(at(5));
        assert_eq!((work.next(), work.next_due()), (Some(job("b")), None));
    }
}
