use std::collections::BTreeMap;

use crate::key::KeyKind;
use crate::registry::Registry;

/// A registry that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// An alias that could not be a configuration key.
    #[error(
        "`{0}` is no alias for a database: use small letters, digits and single underscores, a letter first"
    )]
    Alias(String),
    /// Two databases or datasets of one name.
    #[error("the registry lists the {what} `{name}` twice")]
    Twice {
        /// `database` or `dataset`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A dataset that cannot be loaded.
    #[error("the dataset `{dataset}` {reason}")]
    Dataset {
        /// Its name.
        dataset: String,
        /// What is wrong with it, fit to follow its name.
        reason: String,
    },
    /// A reference to a dataset that no database has.
    #[error("`{dataset}.{field}` refers to `{target}`, which is no dataset of the registry")]
    Target {
        /// The dataset that refers.
        dataset: String,
        /// Its field.
        field: String,
        /// What it refers to.
        target: String,
    },
    /// A reference by a field that can hold no key of the dataset it refers to.
    #[error("`{dataset}.{field}` refers to `{target}`, whose key is of another type: {key}")]
    KeyKind {
        /// The dataset that refers.
        dataset: String,
        /// Its field.
        field: String,
        /// What it refers to.
        target: String,
        /// What the key of that is.
        key: String,
    },
    /// References that go round in a circle, between databases or between datasets of one.
    #[error("{}", cycle(what, circle))]
    Cycle {
        /// `databases` or `datasets`.
        what: &'static str,
        /// The names along it; the last is the first again.
        circle: Vec<String>,
    },
}

fn cycle(what: &str, circle: &[String]) -> String {
    if let [one, _] = circle {
        return format!("the dataset `{one}` refers to itself; that cannot be loaded yet");
    }
    format!(
        "the references between {what} go round in a circle: {}; none of them can come first",
        circle.join(" → ")
    )
}

/// The order in which things are safe to commit, referenced ones first; whatever removes rows goes
/// the other way.
#[derive(Debug)]
pub(crate) struct Arrangement {
    /// Indices of databases that do not refer to each other, level by level.
    pub levels: Vec<Vec<usize>>,
    /// For each database, the indices of its datasets in reference order.
    pub datasets: Vec<Vec<usize>>,
    /// For each database, the databases its datasets refer to.
    pub refers_to: Vec<Vec<usize>>,
}

impl Arrangement {
    /// Arranges what the registry lists.
    ///
    /// # Errors
    /// When names, datasets or references make no sense together.
    pub fn of(registry: &Registry) -> Result<Self, RegistryError> {
        let home = homes(registry)?;
        let databases = registry.databases();
        let mut refers_to = vec![Vec::new(); databases.len()];
        let mut datasets = Vec::new();
        for (index, database) in databases.iter().enumerate() {
            let mut within = vec![Vec::new(); database.datasets().len()];
            for (position, dataset) in database.datasets().iter().enumerate() {
                for (_, target) in dataset.references() {
                    match home[target] {
                        (other, place) if other == index => within[position].push(place),
                        (other, _) => refers_to[index].push(other),
                    }
                }
            }
            let name = |position: usize| database.datasets()[position].name();
            datasets.push(levels(&within, "datasets", name)?.concat());
        }
        let levels = levels(&refers_to, "databases", |index| databases[index].alias())?;
        Ok(Self {
            levels,
            datasets,
            refers_to,
        })
    }

    /// All databases in commit order.
    pub fn order(&self) -> Vec<usize> {
        self.levels.concat()
    }
}

/// Where each dataset is: the index of its database, and its own in there.
fn homes(registry: &Registry) -> Result<BTreeMap<&str, (usize, usize)>, RegistryError> {
    let mut home = BTreeMap::new();
    for (index, database) in registry.databases().iter().enumerate() {
        let alias = database.alias();
        if !is_alias(alias) {
            return Err(RegistryError::Alias(alias.to_owned()));
        }
        if registry.databases()[..index]
            .iter()
            .any(|d| d.alias() == alias)
        {
            return Err(twice("database", alias));
        }
        for (position, dataset) in database.datasets().iter().enumerate() {
            dataset
                .validate()
                .map_err(|reason| RegistryError::Dataset {
                    dataset: dataset.name().to_owned(),
                    reason,
                })?;
            if home.insert(dataset.name(), (index, position)).is_some() {
                return Err(twice("dataset", dataset.name()));
            }
        }
    }
    targets_exist(registry, &home)?;
    Ok(home)
}

fn targets_exist(
    registry: &Registry,
    home: &BTreeMap<&str, (usize, usize)>,
) -> Result<(), RegistryError> {
    for dataset in registry.databases().iter().flat_map(|d| d.datasets()) {
        for (field, target) in dataset.references() {
            let Some(&(index, position)) = home.get(target) else {
                return Err(RegistryError::Target {
                    dataset: dataset.name().to_owned(),
                    field: field.to_owned(),
                    target: target.to_owned(),
                });
            };
            let key = registry.databases()[index].datasets()[position].key_kind(None);
            let is_nameable = |key: KeyKind| {
                let own = dataset.key_kind(Some(field));
                own.is_some_and(|own| own.can_name(key))
            };
            if let Some(key) = key.filter(|&key| !is_nameable(key)) {
                return Err(RegistryError::KeyKind {
                    dataset: dataset.name().to_owned(),
                    field: field.to_owned(),
                    target: target.to_owned(),
                    key: key.to_string(),
                });
            }
        }
    }
    Ok(())
}

fn twice(what: &'static str, name: &str) -> RegistryError {
    RegistryError::Twice {
        what,
        name: name.to_owned(),
    }
}

fn is_alias(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(plain)
        && !text.contains("__")
}

/// Sorts things by what they need: each level needs only earlier ones.
fn levels<'a>(
    needs: &[Vec<usize>],
    what: &'static str,
    name: impl Fn(usize) -> &'a str,
) -> Result<Vec<Vec<usize>>, RegistryError> {
    let mut levels: Vec<Vec<usize>> = Vec::new();
    let mut placed = vec![false; needs.len()];
    while placed.contains(&false) {
        let ready =
            |&index: &usize| !placed[index] && needs[index].iter().all(|&need| placed[need]);
        let level: Vec<usize> = (0..needs.len()).filter(ready).collect();
        if level.is_empty() {
            let circle = circle(needs, &placed);
            return Err(RegistryError::Cycle {
                what,
                circle: circle
                    .into_iter()
                    .map(|index| name(index).to_owned())
                    .collect(),
            });
        }
        for &index in &level {
            placed[index] = true;
        }
        levels.push(level);
    }
    Ok(levels)
}

/// A way from a thing back to itself, among things that each need another that is not placed.
fn circle(needs: &[Vec<usize>], placed: &[bool]) -> Vec<usize> {
    let unplaced = |&&index: &&usize| !placed[index];
    let mut path = vec![placed.iter().position(|done| !done).unwrap_or_default()];
    loop {
        let here = path[path.len() - 1];
        let Some(&next) = needs[here].iter().find(unplaced) else {
            return path;
        };
        if let Some(start) = path.iter().position(|&index| index == next) {
            path.drain(..start);
            path.push(next);
            return path;
        }
        path.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(needs: &[&[usize]], expected: Result<&[&[usize]], &str>) {
        let names = ["a", "b", "c", "d"];
        let needs: Vec<Vec<usize>> = needs.iter().map(|n| n.to_vec()).collect();
        let found = levels(&needs, "databases", |index| names[index]);
        match expected {
            Ok(expected) => assert_eq!(found.unwrap(), expected, "{needs:?}"),
            Err(circle) => assert!(found.unwrap_err().to_string().contains(circle), "{needs:?}"),
        }
    }

    #[test]
    fn things_are_sorted_by_what_they_need() {
        check(&[], Ok(&[]));
        check(&[&[], &[], &[0, 1]], Ok(&[&[0, 1], &[2]]));
        check(&[&[1], &[2], &[], &[0, 2]], Ok(&[&[2], &[1], &[0], &[3]]));
    }

    #[test]
    fn a_circle_is_named() {
        check(&[&[0]], Err("`a` refers to itself"));
        check(&[&[], &[2, 0], &[1]], Err("b → c → b;"));
        check(&[&[1], &[2], &[3], &[1]], Err("b → c → d → b;"));
    }

    #[test]
    fn aliases_are_words_of_the_configuration() {
        for good in ["a", "users", "u2_x", "a_"] {
            assert!(is_alias(good), "{good}");
        }
        for bad in ["", "2a", "_a", "Users", "a__b", "a-b", "ä"] {
            assert!(!is_alias(bad), "{bad}");
        }
    }
}
