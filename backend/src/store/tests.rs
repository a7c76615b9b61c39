mod files;
mod journaling;
mod lanes;
mod pacing;
mod pruning;
