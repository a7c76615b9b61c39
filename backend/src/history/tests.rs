mod attributing;
pub(crate) mod builder;
mod comparing;
mod moments;
mod recording;
mod stepping;
