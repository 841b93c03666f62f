//! `scale`: entries that contradict one another, or do nothing.

use super::{Document, steps};
use crate::config::{
    problem::Problem,
    schema::{Scale, TargetPolicy},
    tree::Path,
};

/// What an entry may be there once as.
fn role(entry: &Scale) -> &'static str {
    match entry {
        Scale::Desired { .. } => "desired",
        Scale::Min { .. } => "min",
        Scale::Max { .. } => "max",
        Scale::Step(_) => "step",
        Scale::Target(TargetPolicy { target, .. }) => target.as_str(),
    }
}

pub(super) fn check(
    document: &Document<'_>,
    path: &Path,
    entries: &[Scale],
    problems: &mut Vec<Problem>,
) {
    let list = List {
        document,
        path,
        entries,
    };
    problems.extend(list.repeated());
    problems.extend(list.policies());
    problems.extend(list.bounds());
    for (index, entry) in entries.iter().enumerate() {
        if let Scale::Step(policy) = entry {
            let path = path.index(index).key("stepAdjustments");
            steps::check(document, &path, policy, problems);
        }
    }
}

struct List<'a> {
    document: &'a Document<'a>,
    path: &'a Path,
    entries: &'a [Scale],
}

impl List<'_> {
    fn problem(&self, index: usize, title: impl Into<String>) -> Problem {
        Problem::error(self.document.span(&self.path.index(index)), title)
    }

    fn find(&self, wanted: &str) -> Option<usize> {
        self.entries.iter().position(|entry| role(entry) == wanted)
    }

    /// The first target or step policy.
    fn policy(&self) -> Option<usize> {
        let is_policy = |entry: &Scale| matches!(entry, Scale::Target(_) | Scale::Step(_));
        self.entries.iter().position(is_policy)
    }

    /// `step` may repeat: one policy to add tasks, one to remove them.
    fn repeated(&self) -> Vec<Problem> {
        let repeats = |(index, entry): (usize, &Scale)| {
            let first = self.find(role(entry)).filter(|first| *first < index)?;
            let span = self.document.span(&self.path.index(first));
            let title = format!("`{}` is there twice", role(entry));
            Some(
                self.problem(index, title)
                    .label("again here")
                    .also(span, "first here"),
            )
        };
        let once = |(_, entry): &(usize, &Scale)| !matches!(entry, Scale::Step(_));
        self.entries
            .iter()
            .enumerate()
            .filter(once)
            .filter_map(repeats)
            .collect()
    }

    fn policies(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let target = self
            .entries
            .iter()
            .position(|entry| matches!(entry, Scale::Target(_)));
        if let (Some(target), Some(step)) = (target, self.find("step")) {
            let span = self.document.span(&self.path.index(target));
            problems.push(
                self.problem(step, "`step` and `target` policies contradict one another")
                    .label("adds tasks in steps")
                    .also(span, "keeps a metric at a value")
                    .help("keep one kind"),
            );
        }
        if let (Some(_), Some(desired)) = (target, self.find("desired")) {
            problems.push(
                self.problem(desired, "`desired` has no use beside a `target` policy")
                    .label("autoscaling sets the number of tasks")
                    .help("remove it; `min` and `max` are the bounds"),
            );
        }
        match (self.policy(), self.find("max")) {
            (Some(policy), None) => problems.push(
                self.problem(policy, "a policy needs `max`")
                    .label("would add tasks, and cost, without end")
                    .help("add `- type: max` with `max: 10`"),
            ),
            (None, _) => problems.extend(self.bounds_without_policy()),
            (Some(_), Some(_)) => {}
        }
        problems
    }

    fn bounds_without_policy(&self) -> Vec<Problem> {
        let pointless = |bound| {
            let problem = self.problem(
                self.find(bound)?,
                format!("`{bound}` does nothing without a policy"),
            );
            Some(problem.label("nothing scales between the bounds").help(
                "add a policy, such as `- type: target` with `target: cpu`, or write \
                 `- type: desired` for a fixed number",
            ))
        };
        ["min", "max"].into_iter().filter_map(pointless).collect()
    }

    fn bounds(&self) -> Vec<Problem> {
        let number = |wanted: &str| {
            let index = self.find(wanted)?;
            let span = self.document.span(&self.path.index(index).key(wanted));
            match self.entries.get(index)? {
                Scale::Desired { desired: number }
                | Scale::Min { min: number }
                | Scale::Max { max: number } => Some((span, *number)),
                Scale::Target(_) | Scale::Step(_) => None,
            }
        };
        let pairs = [("min", "max"), ("min", "desired"), ("desired", "max")];
        let exceeds = |(low, high): (&str, &str)| {
            let ((low_span, low_number), (high_span, high_number)) = (number(low)?, number(high)?);
            let title = format!("`{high}` is less than `{low}`");
            (low_number > high_number)
                .then(|| Problem::error(high_span, title).also(low_span, "more than that"))
        };
        pairs.into_iter().filter_map(exceeds).collect()
    }
}
