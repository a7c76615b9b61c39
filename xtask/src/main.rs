//! `cargo xtask`: building, testing and running Rollcall. The only interface to these; people and `.ci/run` use the same.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

mod axe;
mod bench;
mod build;
mod chromium;
mod control_plane;
mod demo;
mod dependencies;
mod dockerfile;
mod doctor;
mod http;
mod interrupt;
mod openapi;
mod play;
mod process;
mod progress;
mod replay;
mod repository;
mod screenshots;
mod server;
mod size;
mod test;

use repository::Repository;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, tests and runs Rollcall")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the panel before a cluster full of sets, in the program itself or real
    Demo(demo::Options),
    /// Build the browser app and the server with the app embedded
    Build(build::Options),
    /// Run every check and test
    Test(test::Options),
    /// Print the sizes of the browser app and check them against the budget
    Size,
    /// Measure the server on the real control plane
    Bench(bench::Options),
    /// A real control plane for use by hand
    #[command(subcommand)]
    ControlPlane(control_plane::Order),
    /// Replay recordings of the real StatefulSet controller through the model
    Replay(replay::Options),
    /// Play a scenario on a real control plane and write down what happened
    #[command(disable_help_flag = true)]
    Record(play::Options),
    /// Play generated scenarios on a real control plane and on the sandbox side by side
    #[command(disable_help_flag = true)]
    Differential(play::Options),
    /// Say what this machine lacks, and how to get it
    Doctor,
    /// Write docs/openapi.json anew
    Openapi,
    /// Take the pictures of the README and docs anew
    Screenshots,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            progress::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let repository = Repository::find()?;
    match command {
        Command::Demo(options) => demo::run(&repository, &options)?,
        Command::Bench(options) => bench::run(&repository, &options)?,
        Command::ControlPlane(order) => control_plane::run(&repository, &order)?,
        Command::Build(options) => build::run(&repository, &options)?,
        Command::Test(options) => return test::run(&repository, &options),
        Command::Size => size::run(&repository)?,
        Command::Replay(options) => return replay::run(&repository, &options),
        Command::Record(options) => return play::run(&repository, "record", &options),
        Command::Differential(options) => return play::run(&repository, "differential", &options),
        Command::Doctor => return doctor::run(&repository),
        Command::Openapi => openapi::write(&repository)?,
        Command::Screenshots => screenshots::run(&repository)?,
    }
    Ok(ExitCode::SUCCESS)
}
