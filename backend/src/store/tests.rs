mod files;
mod journaling;
mod pruning;
