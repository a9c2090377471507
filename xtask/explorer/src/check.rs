//! What the page must do, tried out in a real browser. Each check is by itself: it opens the page anew.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use fantoccini::key::Key;

use crate::browser::Browser;

/// Widths and themes in which each scene is looked at.
const WIDTHS: [u32; 2] = [1280, 375];
const THEMES: [&str; 2] = ["light", "dark"];
/// A width between them, at which nothing may stick out either.
const NARROWEST_DESKTOP: u32 = 1024;
const SCENES: [&str; 6] = ["allocator", "maps", "channels", "collector", "scheduler", "run"];

/// Runs all checks on the page at `address`, and writes pictures of it to `pictures`.
pub fn run(address: &str, pictures: &Path) -> Result<()> {
    in_browser(async |browser| Checks { browser, url: format!("http://{address}/") }.all(pictures).await)
}

/// Runs checks in a browser of their own.
pub fn in_browser(checks: impl AsyncFnOnce(&Browser) -> Result<()>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let browser = Browser::start().await?;
        let outcome = checks(&browser).await;
        browser.close().await?;
        outcome
    })
}

/// The widths and themes in which things are looked at.
pub fn shapes() -> impl Iterator<Item = (u32, &'static str)> {
    let both = WIDTHS.into_iter().flat_map(|width| THEMES.map(|theme| (width, theme)));
    both.chain([(NARROWEST_DESKTOP, THEMES[0])])
}

struct Checks<'a> {
    browser: &'a Browser,
    url: String,
}

impl Checks<'_> {
    async fn all(&self, pictures: &Path) -> Result<()> {
        let mut report = Report::default();
        report.note("a first visit moves", self.moves().await);
        report.note("nothing moves for those who want none", self.stays_still().await);
        report.note("the talk's two figures", self.figures().await);
        report.note("the heap fills and drains", self.fills_and_drains().await);
        report.note("a map grows, is iterated and cleared", self.map().await);
        report.note("channels buffer, hand over, select and close", self.channels().await);
        report.note("the collector marks, sweeps, and loses an object without its barrier", self.collector().await);
        report.note("goroutines are queued, stolen, in calls and asleep, forwards and backwards", self.scheduler().await);
        report.note("by keyboard alone", self.keyboard().await);
        report.note("what is wrong is said, and is no markup", self.errors().await);
        report.note("nothing is loaded from elsewhere", self.nothing_from_elsewhere().await);
        report.note("themes", self.themes().await);
        let seen = self.look(pictures, &mut report).await;
        report.note("pictures", seen);
        report.close()
    }

    /// Opens a scene; with `still`, with nothing in it and nothing playing.
    async fn open(&self, scene: &str, still: bool) -> Result<()> {
        self.browser.open(&format!("{}#{scene}", self.url)).await?;
        self.browser.until("document.documentElement.dataset.ready === 'yes'").await?;
        if still {
            self.browser.click(&format!("#{scene} [data-play]")).await?;
            match scene {
                "allocator" => {
                    self.act(scene, "free-all").await?;
                    self.act(scene, "flush").await?;
                }
                "maps" => self.act(scene, "clear").await?,
                "channels" | "scheduler" => self.act(scene, "anew").await?,
                "run" => {}
                // A cycle may be under way.
                _ => self.act(scene, "finish").await?,
            }
        }
        Ok(())
    }

    async fn act(&self, scene: &str, action: &str) -> Result<()> {
        self.browser.click(&format!("#{scene} [data-action={action}]")).await
    }

    async fn shows(&self, selector: &str, what: &str) -> Result<()> {
        let text = self.browser.text(selector).await?;
        ensure!(text.contains(what), "{selector} does not show {what:?} but {text:?}");
        Ok(())
    }

    async fn moves(&self) -> Result<()> {
        self.browser.reduce_motion(false).await?;
        for (scene, part) in [
            ("allocator", "allocator-pages"),
            ("maps", "maps-tables"),
            ("channels", "channels-goroutines"),
            ("collector", "collector-pages"),
            ("scheduler", "scheduler-procs"),
        ] {
            self.open(scene, false).await?;
            let now = format!("document.getElementById('{part}').innerHTML");
            for _ in 0..3 {
                let before = self.browser.value(&now).await?;
                self.browser.until(&format!("{now} !== {before}")).await.context(scene)?;
            }
        }
        Ok(())
    }

    async fn stays_still(&self) -> Result<()> {
        self.browser.reduce_motion(true).await?;
        for scene in SCENES {
            self.open(scene, false).await?;
            self.shows(&format!("#{scene} [data-play]"), "Play").await?;
        }
        self.browser.reduce_motion(false).await
    }

    async fn figures(&self) -> Result<()> {
        self.open("allocator", true).await?;
        for (request, asked, got) in
            [("make([]int, 1025)", "8,200 B", "9,472 B"), ("make([]int, 1<<20 + 1)", "8,388,616 B", "8,396,800 B")]
        {
            self.browser.fill("#allocator-field", request).await?;
            self.act("allocator", "allocate").await?;
            let text = self.browser.text("#allocator-got").await?;
            ensure!(text == got, "{request}: {text} instead of {got}");
            self.shows("#allocator-last", asked).await?;
        }
        self.shows("#allocator-last", "1,025 pages").await
    }

    async fn used(&self) -> Result<u64> {
        let used = self.browser.value("Number(document.querySelector('#allocator-pages svg').dataset.used)").await?;
        used.as_u64().context("a number of pages")
    }

    async fn fills_and_drains(&self) -> Result<()> {
        self.open("allocator", true).await?;
        ensure!(self.used().await? == 0, "pages are in use though everything was freed");
        self.browser.fill("#allocator-field", "new(string)").await?;
        for processor in 0..2 {
            self.browser.click(&format!("#allocator input[name=processor][value='{processor}']")).await?;
            self.act("allocator", "hundred").await?;
            self.shows(&format!("#allocator-caches .p{processor}"), "16 B ptr").await?;
            self.shows(&format!("#allocator-caches .p{processor} .count"), "100/512").await?;
        }
        self.shows("#allocator-sums", "200 objects").await?;
        ensure!(self.used().await? == 2, "a page for each of two caches");
        self.act("allocator", "flush").await?;
        self.shows("#allocator-central", "16 B").await?;
        self.shows("#allocator-caches", "The cache holds no span").await?;
        self.act("allocator", "free").await?;
        self.shows("#allocator-sums", "199 objects").await?;
        self.act("allocator", "free-all").await?;
        self.act("allocator", "flush").await?;
        ensure!(self.used().await? == 0, "pages are in use though everything was freed");
        self.shows("#allocator-central", "All lists are empty").await
    }

    async fn map(&self) -> Result<()> {
        self.open("maps", true).await?;
        self.browser.fill("#maps-field", "zebra=7").await?;
        self.act("maps", "insert").await?;
        self.shows("#maps-tables", "zebra").await?;
        self.act("maps", "look-up").await?;
        self.shows("#maps-said", "with the value \"7\"").await?;
        for _ in 0..4 {
            self.act("maps", "insert-more").await?;
        }
        self.shows("#maps-entries", "201").await?;
        self.shows("#maps-sums", "one table").await?;
        let full = "document.querySelectorAll('#maps-tables .group .full').length";
        ensure!(self.browser.value(full).await? == 201, "each entry has a full slot");
        // Iterated while it grows: a fifth more entries come in the midst of it.
        self.act("maps", "next").await?;
        self.act("maps", "insert-more").await?;
        let over = "document.getElementById('maps-said').textContent.includes('is over')";
        let next = "document.querySelector('#maps [data-action=next]').click()";
        for _ in 0..300 {
            if self.browser.value(&format!("({next}, {over})")).await? == true {
                break;
            }
        }
        let met = "Number(document.getElementById('maps-said').textContent.match(/it met (\\d+) /)[1])";
        let met = self.browser.value(met).await?.as_u64().context("a number of keys")?;
        ensure!((201..=251).contains(&met), "the iteration met {met} keys of 201, or 251 with those that came");
        self.act("maps", "delete").await?;
        self.shows("#maps-said", "was deleted").await?;
        self.act("maps", "clear").await?;
        self.shows("#maps-entries", "0").await
    }

    async fn channels(&self) -> Result<()> {
        self.open("channels", true).await?;
        let said = "#channels-said";
        // Without a buffer a receiver waits, and is handed the value.
        self.act("channels", "receive-a").await?;
        self.shows("#channels-a .queue:last-child .chip", "G").await?;
        self.browser.fill("#channels-field", "42").await?;
        self.act("channels", "send-a").await?;
        self.shows(said, "was woken: received 42").await?;
        self.shows("#channels-a .queue:last-child", "none").await?;
        // With one, four fit, and the fifth waits with its value until one is received.
        for value in 1..=5 {
            self.browser.fill("#channels-field", &value.to_string()).await?;
            self.act("channels", "send-b").await?;
        }
        self.shows("#channels-b .facts", "4 of 4").await?;
        let senders = self.browser.text("#channels-b .queue .chip").await?;
        ensure!(senders.ends_with(" 5"), "the fifth sender does not wait with its value: {senders:?}");
        self.act("channels", "receive-b").await?;
        self.shows(said, "received 1.").await?;
        self.shows(said, "was woken: sent 5").await?;
        let slots = "[...document.querySelectorAll('#channels-b .slots span')].map((s) => s.textContent)";
        ensure!(
            self.browser.value(slots).await? == serde_json::json!(["5", "2", "3", "4"]),
            "the ring holds something else"
        );
        self.shows("#channels-b .slots .last", "2").await?;
        // A select waits at both channels and leaves both.
        self.act("channels", "anew").await?;
        self.act("channels", "select-receive").await?;
        let selects = "document.querySelectorAll('#channels .chip.select').length";
        ensure!(self.browser.value(selects).await? == 2, "the select does not wait at both channels");
        self.act("channels", "close-b").await?;
        self.shows(said, "chose b, which is closed").await?;
        ensure!(self.browser.value(selects).await? == 0, "the select has not left a queue");
        self.act("channels", "close-b").await?;
        self.shows("#channels [data-error]", "close of closed channel b").await
    }

    async fn number(&self, selector: &str) -> Result<u64> {
        let text = self.browser.text(selector).await?;
        text.parse().with_context(|| format!("{selector} is {text:?}"))
    }

    async fn collector(&self) -> Result<()> {
        for (barrier, is_lost) in [("on", false), ("off", true)] {
            self.open("collector", true).await?;
            self.act("collector", "allocate").await?;
            self.browser.click(&format!("#collector input[name=barrier][value={barrier}]")).await?;
            self.act("collector", "begin").await?;
            ensure!(self.number("#collector-black").await? == 0, "an object is black before it was looked at");
            // The program moves a pointer as soon as there is one to move.
            let moved = "document.querySelector('#collector [data-error]').hidden";
            for _ in 0..500 {
                self.act("collector", "move").await?;
                if self.browser.value(moved).await? == true {
                    break;
                }
                self.act("collector", "step").await?;
            }
            self.shows("#collector-said", "A black object has got the only pointer to a white one").await?;
            self.act("collector", "finish").await?;
            let lost = self.number("#collector-lost").await?;
            ensure!((lost > 0) == is_lost, "with the barrier {barrier} {lost} objects are lost");
            let drawn = self.browser.value("document.querySelectorAll('#collector-pages .lost').length").await?;
            ensure!(drawn == lost, "{drawn} lost objects are drawn, of {lost}");
            let (live, white) = (self.number("#collector-live").await?, self.number("#collector-white").await?);
            ensure!(live == white && live > 20, "{live} objects can be reached, and {white} are there");
        }
        Ok(())
    }

    async fn scheduler(&self) -> Result<()> {
        self.open("scheduler", true).await?;
        self.browser.click("#scheduler input[name=procs][value='2']").await?;
        let start = async |program: &str| {
            self.browser.fill("#scheduler-field", program).await?;
            self.act("scheduler", "start").await
        };
        // All that is said up to the end, and how many chips are in rings at most.
        let play = "(() => {
            let all = '', most = 0;
            for (let i = 0; i < 2000; i++) {
                document.querySelector('#scheduler [data-action=step]').click();
                if (!document.querySelector('#scheduler [data-error]').hidden) break;
                all += document.getElementById('scheduler-said').textContent + ' ';
                most = Math.max(most, document.querySelectorAll('#scheduler .proc .queue:last-child .chip').length);
            }
            return [all, most];
        })()";
        let ended = |all: &str| all.matches(" ends.").count();
        start("spawn 12 { work 4; yield; work 3 }").await?;
        self.shows("#scheduler-global .chip", "G1").await?;
        let got = self.browser.value(play).await?;
        let (all, most) = (got[0].as_str().context("what was said")?, got[1].as_u64().context("a number of chips")?);
        ensure!(ended(all) == 13 && all.contains("has stolen"), "12 goroutines and their parent: {all}");
        ensure!(most > 3, "{most} goroutines are in rings at most");
        start("spawn 1 { call 60 }; spawn 3 { work 5 }").await?;
        let got = self.browser.value(play).await?;
        let all = got[0].as_str().context("what was said")?;
        ensure!(ended(all) == 5 && all.contains("The monitor takes P"), "{all}");
        start("sleep 250").await?;
        let got = self.browser.value(play).await?;
        ensure!(got[0].as_str().is_some_and(|all| all.contains("The clock goes on to")), "{got}");
        // One waits until another helps.
        start("take a").await?;
        self.browser.value(play).await?;
        self.shows("#scheduler-waiting", "take a").await?;
        let said = self.browser.text("#scheduler-said").await?;
        self.act("scheduler", "back").await?;
        self.shows("#scheduler-said", "(1 step back)").await?;
        self.act("scheduler", "step").await?;
        ensure!(self.browser.text("#scheduler-said").await? == said, "forwards again it is something else");
        start("give a").await?;
        self.browser.value(play).await?;
        self.shows("#scheduler-waiting", "None").await?;
        start("fly").await?;
        self.shows("#scheduler [data-error]", "is no operation").await
    }

    async fn keyboard(&self) -> Result<()> {
        self.open("allocator", true).await?;
        self.browser.value("document.getElementById('tab-allocator').focus()").await?;
        self.browser.press(Key::Right).await?;
        let open = |scene: &str| {
            format!("!document.getElementById('{scene}').hidden && document.activeElement.id === 'tab-{scene}'")
        };
        self.browser.until(&open("maps")).await?;
        self.browser.press(Key::Left).await?;
        self.browser.until(&open("allocator")).await?;
        // Enter in the field allocates.
        self.browser.fill("#allocator-field", "5").await?;
        self.browser.press(Key::Enter).await?;
        self.shows("#allocator-got", "16 B").await?;
        // Each control can be reached, in the order in which they stand, and shows that it has been.
        self.browser.value("document.getElementById('tab-allocator').focus()").await?;
        let mut reached = Vec::new();
        for _ in 0..30 {
            self.browser.press(Key::Tab).await?;
            let what = self.browser.value("document.activeElement.dataset.action ?? document.activeElement.id").await?;
            reached.extend(what.as_str().map(String::from));
        }
        let order = ["theme", "allocator-field", "allocate", "hundred", "free", "free-all", "flush"];
        let mut rest = reached.iter();
        for want in order {
            ensure!(rest.any(|got| got == want), "the Tab key does not lead to {want} in turn: {reached:?}");
        }
        Ok(())
    }

    async fn errors(&self) -> Result<()> {
        self.open("allocator", true).await?;
        self.browser.fill("#allocator-field", "<img src=x onerror=document.title=1>").await?;
        self.act("allocator", "allocate").await?;
        self.shows("#allocator [data-error]", "is no number of bytes").await?;
        self.browser.fill("#allocator-field", "make([]int, 3)").await?;
        self.act("allocator", "allocate").await?;
        let hidden = self.browser.value("document.querySelector('#allocator [data-error]').hidden").await?;
        ensure!(hidden == true, "the error stays when all is well");
        self.open("maps", true).await?;
        self.browser.fill("#maps-field", "<img id=bad src=x>=<b>").await?;
        self.act("maps", "insert").await?;
        self.shows("#maps-tables", "<img").await?;
        let bad = self.browser.value("document.getElementById('bad') === null").await?;
        ensure!(bad == true, "a key has become markup");
        Ok(())
    }

    async fn nothing_from_elsewhere(&self) -> Result<()> {
        for scene in SCENES {
            self.open(scene, false).await?;
            let origins = "[...new Set(performance.getEntriesByType('resource').map((e) => new URL(e.name).origin))]";
            let origins = self.browser.value(origins).await?;
            let own = self.url.trim_end_matches('/');
            ensure!(origins == serde_json::json!([own]), "the page loads from {origins}, and not from {own} alone");
        }
        Ok(())
    }

    async fn themes(&self) -> Result<()> {
        let back = "getComputedStyle(document.body).backgroundColor";
        let mut seen = Vec::new();
        for theme in THEMES {
            self.browser.shape(WIDTHS[0], theme).await?;
            self.open("allocator", true).await?;
            seen.push(self.browser.value(back).await?);
        }
        ensure!(seen[0] != seen[1], "the page does not follow the system's theme");
        // The system's is dark now; the button goes on to light, dark, and back.
        for want in [0, 1, 1] {
            self.browser.click("#theme").await?;
            let now = self.browser.value(back).await?;
            ensure!(now == seen[want], "the button gives {now} instead of {}", seen[want]);
        }
        Ok(())
    }

    /// Looks at each scene in each shape, and writes pictures.
    async fn look(&self, pictures: &Path, report: &mut Report) -> Result<()> {
        fs::create_dir_all(pictures).with_context(|| format!("making {}", pictures.display()))?;
        for (width, theme) in shapes() {
            for scene in SCENES {
                self.browser.shape(width, theme).await?;
                self.open(scene, true).await?;
                self.put_something_in(scene).await?;
                report.note(&format!("{scene} at {width} pixels, {theme}"), fits(self.browser).await);
                self.browser.picture(&pictures.join(format!("{scene}-{width}-{theme}.png"))).await?;
            }
        }
        println!("pictures: {}", pictures.display());
        Ok(())
    }

    async fn put_something_in(&self, scene: &str) -> Result<()> {
        if scene == "maps" {
            self.act(scene, "insert-more").await?;
            self.act(scene, "next").await?;
            self.browser.fill("#maps-field", "dog3").await?;
            self.act(scene, "delete").await?;
            self.browser.fill("#maps-field", "gopher=1").await?;
            return self.act(scene, "insert").await;
        }
        if scene == "channels" {
            for action in ["send-b", "send-b", "receive-b", "receive-b", "select-receive", "receive-a", "select-receive"] {
                self.act(scene, action).await?;
            }
            return Ok(());
        }
        if scene == "run" {
            return Ok(());
        }
        if scene == "scheduler" {
            for program in ["spawn 12 { work 4; yield; work 3 }", "spawn 5 { call 14; take a }"] {
                self.browser.fill("#scheduler-field", program).await?;
                self.act(scene, "start").await?;
            }
            for _ in 0..5 {
                self.act(scene, "ten").await?;
            }
            return Ok(());
        }
        if scene == "collector" {
            self.act(scene, "allocate").await?;
            self.act(scene, "begin").await?;
            for _ in 0..8 {
                self.act(scene, "step").await?;
            }
            return Ok(());
        }
        for (processor, action, request) in [
            (0, "hundred", "new(string)"),
            (0, "hundred", "make([]int, 40)"),
            (0, "allocate", "make([]int, 1M+1)"),
            (1, "hundred", "make([]byte, 3000)"),
            (1, "hundred", "make([]any, 6)"),
            (1, "allocate", "make([]int, 1025)"),
        ] {
            self.browser.click(&format!("#{scene} input[name=processor][value='{processor}']")).await?;
            self.browser.fill("#allocator-field", request).await?;
            self.act(scene, action).await?;
        }
        Ok(())
    }
}

/// Nothing sticks out of the page, no text is cut off, no controls overlap.
pub async fn fits(browser: &Browser) -> Result<()> {
    let outside = "(() => {
        const seen = (e) => e.offsetParent !== null && e.getBoundingClientRect().width > 0;
        const name = (e) => `${e.tagName} ${e.id || e.className} ${(e.textContent || '').slice(0, 30)}`;
        const wrong = [];
        if (document.documentElement.scrollWidth > innerWidth) wrong.push(`the page is ${document.documentElement.scrollWidth} wide`);
        for (const e of document.querySelectorAll('body *')) {
            if (!seen(e) || e.closest('svg')) continue;
            const box = e.getBoundingClientRect();
            if (box.left < -1 || box.right > innerWidth + 1) wrong.push(`sticks out: ${name(e)}`);
            if (!e.closest('.group') && e.tagName !== 'INPUT' && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0) wrong.push(`is cut off: ${name(e)}`);
        }
        const flat = [...document.querySelectorAll('button, input, fieldset, h1, h2, p, dt, dd, tr, .span, .group, svg')].filter(seen);
        for (let i = 0; i < flat.length; i++) for (let j = i + 1; j < flat.length; j++) {
            const [a, b] = [flat[i], flat[j]];
            if (a.contains(b) || b.contains(a)) continue;
            const [p, q] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
            const x = Math.min(p.right, q.right) - Math.max(p.left, q.left), y = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
            if (x > 1 && y > 1 && !a.closest('.pages') && !b.closest('.pages')) wrong.push(`overlap: ${name(a)} and ${name(b)}`);
        }
        return wrong.slice(0, 5);
    })()";
    let wrong = browser.value(outside).await?;
    match wrong.as_array() {
        Some(none) if none.is_empty() => Ok(()),
        _ => bail!("{wrong}"),
    }
}

/// What came of the checks.
#[derive(Default)]
pub struct Report {
    passed: usize,
    failed: usize,
}

impl Report {
    /// Counts a check, and tells what came of it.
    pub fn note(&mut self, name: &str, outcome: Result<()>) {
        match outcome {
            Ok(()) => {
                self.passed += 1;
                println!("passed  {name}");
            }
            Err(error) => {
                self.failed += 1;
                println!("FAILED  {name}: {error:#}");
            }
        }
    }

    /// The sum; an error if a check has failed.
    pub fn close(self) -> Result<()> {
        println!("{} passed, {} failed", self.passed, self.failed);
        ensure!(self.failed == 0, "the page does not do what it must");
        Ok(())
    }
}
