//! `rollcall demo`, as a newcomer starts it: the binary alone, its link, its kubeconfig.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use serde_json::Value;

struct Demo {
    child: Child,
    link: String,
    kubeconfig: PathBuf,
}

impl Demo {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rollcall"))
            .args(["demo", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let out = child.stdout.take().expect("it is piped");
        // It ends with this value, whatever it prints.
        let mut demo = Self { child, link: String::new(), kubeconfig: PathBuf::new() };
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            let line = line.trim();
            if line.contains("/demo#") {
                line.clone_into(&mut demo.link);
            }
            if let Some(path) = line.strip_prefix("export KUBECONFIG=") {
                demo.kubeconfig = PathBuf::from(path);
                break;
            }
        }
        assert!(!demo.link.is_empty(), "it prints a link");
        demo
    }

    /// Ends it as Ctrl-C does.
    fn interrupt(&mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
        assert!(self.child.wait().expect("it ends").success());
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A client of plain HTTP; kube's has one on board.
async fn get(url: &str, cookie: &str) -> (StatusCode, http::HeaderMap, String) {
    ask("GET", url, cookie, "").await
}

async fn ask(
    method: &str,
    url: &str,
    cookie: &str,
    body: &str,
) -> (StatusCode, http::HeaderMap, String) {
    let split = url["http://".len()..].find('/').map_or(url.len(), |at| at + "http://".len());
    let (base, path) = url.split_at(split);
    let mut config = Config::new(base.parse().expect("a URL"));
    config.default_retry = false;
    let client = Client::try_from(config).expect("a client");
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/json")
        .body(kube::client::Body::from(body.as_bytes().to_vec()));
    let response = client.send(request.expect("a request")).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn the_demo_needs_nothing_but_the_binary_and_leaves_nothing_behind() {
    let mut demo = Demo::start();
    let (base, key) = demo.link.split_once("/demo#").expect("a link with a key");
    let base = base.to_owned();
    let key = serde_json::json!({ "key": key }).to_string();
    let (status, headers, _) = ask("POST", &format!("{base}/demo/enter"), "", &key).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let cookie = headers[header::SET_COOKIE].to_str().expect("text");
    let cookie = cookie.split(';').next().expect("a name and a value").to_owned();

    let file = Kubeconfig::read_from(&demo.kubeconfig).expect("a kubeconfig");
    let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await;
    let client = Client::try_from(config.expect("a configuration")).expect("a client");
    let sets: Api<StatefulSet> = Api::all(client.clone());
    let all = sets.list(&ListParams::default()).await.expect("a list").items.len();
    assert_eq!(all, 11);

    // The page shows what there is, the trapped set too, and frees it when its pod is deleted outside.
    let mailer = sets_status(&base, &cookie, "mailer", "trapped").await;
    assert_eq!(mailer["blocker"]["pod"], "mailer-2");
    let pods: Api<Pod> = Api::namespaced(client, "shop");
    pods.delete("mailer-2", &DeleteParams::default()).await.expect("it is deleted");
    sets_status(&base, &cookie, "mailer", "settled").await;

    let folder = demo.kubeconfig.parent().expect("a folder").to_owned();
    assert!(folder.exists());
    demo.interrupt();
    assert!(!folder.exists(), "{} stays", folder.display());
}

/// Asks until the set has this status.
async fn sets_status(base: &str, cookie: &str, name: &str, wanted: &str) -> Value {
    for _ in 0..600 {
        let (_, _, body) = get(&format!("{base}/api/v1/sets"), cookie).await;
        let fleet: Value = serde_json::from_str(&body).unwrap_or_default();
        let row = fleet["sets"].as_array().into_iter().flatten().find(|s| s["name"] == name);
        if let Some(row) = row.filter(|row| row["status"]["kind"] == wanted) {
            return row["status"].clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{name} is not {wanted}");
}
