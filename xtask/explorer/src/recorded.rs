//! What the page must show of a recorded run, tried out in a real browser: as many steps and collections as there are lines in the files, goroutines
//! on processors, a cursor that moves; and what it says of files that are broken.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::browser::Browser;
use crate::check::{Report, fits, in_browser, shapes};
use crate::record::Recorded;

const SCENE: &str = "run";

/// Runs all checks on the page at `address`, beside which `recorded` lies, and writes pictures of it to `pictures`.
pub fn run(address: &str, pictures: &Path, recorded: &Recorded) -> Result<()> {
    let url = format!("http://{address}/?recording#{SCENE}");
    in_browser(async |browser| {
        let checks = Checks { browser, url, recorded };
        let mut report = Report::default();
        report.note("the bootstrap, the collections and the goroutines are those of the files", checks.contents().await);
        report.note("the cursor plays, steps and zooms", checks.cursor().await);
        report.note("a file that is broken is told about with its place", checks.broken().await);
        let seen = checks.look(pictures, &mut report).await;
        report.note("pictures", seen);
        report.close()
    })
}

struct Checks<'a> {
    browser: &'a Browser,
    url: String,
    recorded: &'a Recorded,
}

impl Checks<'_> {
    async fn open(&self, still: bool) -> Result<()> {
        self.browser.open(&self.url).await?;
        self.browser.until("document.documentElement.dataset.ready === 'yes'").await?;
        if still {
            self.browser.click("#run [data-play]").await?;
        }
        let error = "document.querySelector('#run [data-error]').textContent";
        let said = self.browser.value(error).await?;
        ensure!(said == "", "the page does not open the recording: {said}");
        Ok(())
    }

    async fn act(&self, action: &str) -> Result<()> {
        self.browser.click(&format!("#run [data-action={action}]")).await
    }

    async fn count(&self, selector: &str) -> Result<usize> {
        let n = self.browser.value(&format!("document.querySelectorAll('{selector}').length")).await?;
        Ok(n.as_u64().context("a number")? as usize)
    }

    async fn contents(&self) -> Result<()> {
        self.open(true).await?;
        let lines = fs::read_to_string(&self.recorded.lines)?;
        let lines_of = |begin: &str| lines.lines().filter(|line| line.starts_with(begin)).count();
        let steps = self.count("#run-boot li").await?;
        ensure!(steps == lines_of("boottrace: ") && steps > 20, "{steps} steps of the bootstrap are shown");
        let wanted = lines_of("gc ");
        ensure!(wanted > 0, "the program has not collected anything: take another one for this check");
        let collected = self.browser.text("#run-collected").await?;
        ensure!(collected == wanted.to_string(), "{collected} collections are shown, of {wanted}");
        ensure!(self.recorded.trace.is_some(), "the program has left no execution trace");
        let goroutines = self.browser.text("#run-goroutines").await?;
        ensure!(goroutines.contains("runtime.main"), "the main goroutine is not shown: {goroutines}");
        let functions = self.count("#run-goroutines li code").await?;
        ensure!(functions > 2, "{functions} goroutines are shown");
        // The runtime says how many processors there are.
        let procs =
            lines.lines().filter_map(|line| line.split_once("gomaxprocs=")?.1.split(' ').next()?.parse::<usize>().ok());
        let (lanes, procs) = (self.count("#run-procs .lane").await?, procs.max().context("a line of the scheduler's")?);
        ensure!((2..=procs + 1).contains(&lanes), "{lanes} rows for {procs} processors and the collector");
        ensure!(self.count("#run-procs .lane rect:not(.cursor)").await? > 1, "no processor ran anything");
        ensure!(self.count("#run-procs .lane .partial").await? > 0, "no collection is on the time line");
        ensure!(self.count("#run-heap .heap-line").await? == 1, "the heap has no line");
        Ok(())
    }

    async fn cursor(&self) -> Result<()> {
        self.browser.reduce_motion(false).await?;
        self.open(false).await?;
        let now = "document.getElementById('run-now').innerHTML";
        for _ in 0..3 {
            let before = self.browser.value(now).await?;
            self.browser.until(&format!("{now} !== {before}")).await?;
        }
        self.open(true).await?;
        let (time, range) = ("#run-now .facts div:last-child dd", "#run-procs p");
        let (before, all) = (self.browser.text(time).await?, self.browser.text(range).await?);
        self.act("next").await?;
        ensure!(self.browser.text(time).await? != before, "the next turn is at {before} too");
        self.act("zoom-in").await?;
        let part = self.browser.text(range).await?;
        ensure!(part != all, "a third of it is {all}, as all of it is");
        self.act("later").await?;
        ensure!(self.browser.text(range).await? != part, "what is later is {part} as well");
        self.act("all").await?;
        ensure!(self.browser.text(range).await? == all, "all of it is not {all} again");
        Ok(())
    }

    async fn broken(&self) -> Result<()> {
        self.open(true).await?;
        let home = self.recorded.lines.parent().context("the recording's directory")?;
        let bad = home.join("bad.txt");
        fs::write(&bad, "boottrace: tls 5 ns\nboottrace: <img id=bad src=x> 7 s\ngc 1 @x\n")?;
        self.browser.choose("#run-files", &bad).await?;
        let error = "document.querySelector('#run [data-error]').textContent";
        self.browser.until(&format!("{error}.startsWith('bad.txt: line 3:')")).await?;
        let trace = self.recorded.trace.as_ref().context("the trace")?;
        let cut = home.join("cut.trace");
        let whole = fs::read(trace)?;
        fs::write(&cut, &whole[..whole.len() / 2])?;
        self.browser.choose("#run-files", &cut).await?;
        self.browser.until(&format!("{error}.startsWith('cut.trace: byte ')")).await?;
        // And one that is right is shown again.
        self.browser.choose("#run-files", trace).await?;
        self.browser.until(&format!("{error} === '' && document.querySelectorAll('#run-procs .lane').length > 1")).await
    }

    async fn look(&self, pictures: &Path, report: &mut Report) -> Result<()> {
        fs::create_dir_all(pictures).with_context(|| format!("making {}", pictures.display()))?;
        for (width, theme) in shapes() {
            self.browser.shape(width, theme).await?;
            self.open(true).await?;
            for _ in 0..3 {
                self.act("next").await?;
            }
            report.note(&format!("a recorded run at {width} pixels, {theme}"), fits(self.browser).await);
            self.browser.picture(&pictures.join(format!("recorded-{width}-{theme}.png"))).await?;
        }
        println!("pictures: {}", pictures.display());
        Ok(())
    }
}
