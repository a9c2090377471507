//! Chromium without a window, driven through chromedriver.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine;
use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long the page may take for what it is asked for. Far more than it needs: a test that waits for it to the end fails.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked whether it has.
const PAUSE: Duration = Duration::from_millis(25);

/// A browser with one page.
pub struct Browser {
    client: Client,
    // End with this value, in this order.
    _driver: Driver,
    _scratch: TempDir,
}

/// The driver's process, which has the browser's for a child.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A command of the browser's own protocol.
#[derive(Debug)]
struct Devtools(&'static str, Value);

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.0, "params": self.1 }).to_string()))
    }
}

impl Browser {
    /// Starts one.
    pub async fn start() -> Result<Browser> {
        // Some versions leave their profiles behind.
        let scratch = TempDir::with_prefix("explorer").context("a directory for the browser's profile")?;
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .env("TMPDIR", scratch.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("chromedriver cannot be started: Debian has it in the package chromium-driver")?;
        let out = driver.stdout.take().context("the driver's output")?;
        let driver = Driver(driver);
        let mut lines = BufReader::new(out).lines();
        let port = loop {
            let line = lines.next().context("chromedriver has ended without a port")??;
            let said = line.rsplit_once("started successfully on port ");
            if let Some(port) = said.and_then(|(_, port)| port.trim_end_matches('.').parse::<u16>().ok()) {
                break port;
            }
        };
        // What it says later is not read, but must not stop it.
        std::thread::spawn(move || lines.for_each(drop));
        // Only this page is loaded, so the browser needs no sandbox, which it refuses to make for root. No name is
        // resolved: what the page would load from elsewhere fails.
        let options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", "--no-proxy-server",
                "--disable-background-networking", "--force-color-profile=srgb", "--hide-scrollbars",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        });
        let wanted = [("goog:chromeOptions", options), ("goog:loggingPrefs", json!({ "browser": "ALL" }))];
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(wanted.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .context("starting Chromium: Debian has it in the package chromium")?;
        Ok(Browser { client, _driver: driver, _scratch: scratch })
    }

    /// Ends the browser.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.clone().close().await?)
    }

    /// Opens a page.
    pub async fn open(&self, url: &str) -> Result<()> {
        // Two places of one page are one page to the browser, which would not begin anew.
        self.client.goto("about:blank").await?;
        self.client.goto(url).await.with_context(|| format!("opening {url}"))
    }

    /// The value of a JavaScript expression in the page.
    pub async fn value(&self, expression: &str) -> Result<Value> {
        let value = self.client.execute(&format!("return {expression};"), Vec::new()).await;
        value.with_context(|| format!("asking the page for {expression}"))
    }

    /// The text of the first element that a selector finds, as it is seen.
    pub async fn text(&self, selector: &str) -> Result<String> {
        let element = self.client.find(Locator::Css(selector)).await.with_context(|| format!("looking for {selector}"))?;
        Ok(element.text().await?)
    }

    /// Clicks on the first element that a selector finds.
    pub async fn click(&self, selector: &str) -> Result<()> {
        let element = self.client.find(Locator::Css(selector)).await.with_context(|| format!("looking for {selector}"))?;
        element.click().await.with_context(|| format!("clicking on {selector}"))
    }

    /// Replaces what is in a field.
    pub async fn fill(&self, selector: &str, text: &str) -> Result<()> {
        let element = self.client.find(Locator::Css(selector)).await.with_context(|| format!("looking for {selector}"))?;
        element.clear().await?;
        Ok(element.send_keys(text).await?)
    }

    /// Chooses a file for a field of files.
    pub async fn choose(&self, selector: &str, file: &Path) -> Result<()> {
        let element = self.client.find(Locator::Css(selector)).await.with_context(|| format!("looking for {selector}"))?;
        element.send_keys(&file.to_string_lossy()).await.with_context(|| format!("choosing {}", file.display()))
    }

    /// Presses a key where the focus is.
    pub async fn press(&self, key: Key) -> Result<()> {
        let element = self.client.active_element().await?;
        Ok(element.send_keys(&char::from(key).to_string()).await?)
    }

    /// Waits until an expression is true.
    pub async fn until(&self, expression: &str) -> Result<()> {
        let begin = Instant::now();
        while self.value(expression).await? != Value::Bool(true) {
            if begin.elapsed() > PATIENCE {
                let failed = self.value("document.getElementById('failed')?.textContent ?? ''").await?;
                bail!("it never came that {expression} {failed}");
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Makes the page so wide, in pixels, with the theme that the system would have.
    pub async fn shape(&self, width: u32, theme: &str) -> Result<()> {
        let height = 900;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools(Devtools("Emulation.setDeviceMetricsOverride", metrics)).await?;
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        self.devtools(Devtools("Emulation.setEmulatedMedia", json!({ "features": features }))).await?;
        Ok(())
    }

    /// Has the browser say that its user wants no motion, or has no wish.
    pub async fn reduce_motion(&self, reduce: bool) -> Result<()> {
        let value = if reduce { "reduce" } else { "no-preference" };
        let features = json!([{ "name": "prefers-reduced-motion", "value": value }]);
        self.devtools(Devtools("Emulation.setEmulatedMedia", json!({ "features": features }))).await?;
        Ok(())
    }

    /// Writes the whole page as a picture, however long it is.
    pub async fn picture(&self, file: &Path) -> Result<()> {
        let params = json!({ "format": "png", "captureBeyondViewport": true });
        let got = self.devtools(Devtools("Page.captureScreenshot", params)).await?;
        let data = got["data"].as_str().ok_or_else(|| anyhow!("no picture in {got}"))?;
        let png = base64::engine::general_purpose::STANDARD.decode(data).context("the picture")?;
        std::fs::write(file, png).with_context(|| format!("writing {}", file.display()))
    }

    async fn devtools(&self, command: Devtools) -> Result<Value> {
        let name = command.0;
        self.client.issue_cmd(command).await.with_context(|| name.to_string())
    }
}
