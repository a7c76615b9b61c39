//! What is looked up on the page of a set: the text of a revision, and what Kubernetes' Events say.

use anyhow::{Result, ensure};
use e2e::Demo;
use e2e::browser::{Browser, DESKTOP, PHONE};
use model::path::page;

#[test]
fn a_link_leads_to_a_revision_and_events_of_the_set_are_unfolded() -> Result<()> {
    let demo = Demo::quick()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let browser = Browser::start(DESKTOP).await?;
        demo.enter(&browser).await?;
        let set = format!("{}{}", demo.url(), page::set("shop", "catalog"));
        browser.open(&set).await?;
        browser.says("Nothing else differs: probes, volumes").await?;
        let name = "Template of catalog-74fd5c9c9d as YAML";
        ensure!(!browser.text().await?.contains(name), "nobody asked for it yet");
        browser.click("link", "catalog-74fd5c9c9d").await?;
        browser.says(name).await?;
        browser.says("image: registry.example/catalog:5.8.1").await?;
        browser.has_focus("template").await?;
        // A link leads there as well.
        browser.look(PHONE).await?;
        browser.open(&format!("{set}?revision=catalog-67df754b46")).await?;
        browser.says("registry.example/catalog:5.9.0").await?;
        browser.says("Template of catalog-67df754b46 as YAML").await?;
        browser.click("button", "Kubernetes' Events of the set").await?;
        browser.says("SuccessfulCreate").await?;
        let wrong = browser
            .faults(
                "a revision and events",
                &[("text", "Template of catalog-67df754b46 as YAML"), ("text", "SuccessfulCreate")],
            )
            .await?;
        ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        browser.open(&format!("{set}?revision=catalog-gone")).await?;
        browser.find("alert", "catalog-gone").await?;
        browser.quit().await
    })
}
