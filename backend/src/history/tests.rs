mod attributing;
pub(crate) mod builder;
mod comparing;
mod deviating;
mod moments;
mod recording;
mod stepping;
mod trouble;
