//! Host names, label by label.

use std::net::Ipv4Addr;

use super::{
    Class, account, lists,
    mapper::{Mapper, Mode},
};

/// Suffixes of AWS below which every label is a customer's.
const TENANTS: &[&str] = &[
    "acm-validations.aws",
    "amazoncognito.com",
    "amplifyapp.com",
    "awsapprunner.com",
    "awsapps.com",
    "awsglobalaccelerator.com",
    "cloudfront.net",
    "elasticbeanstalk.com",
    "on.aws",
];

/// Suffixes of AWS below which labels are services and Regions, and a customer's only before the
/// label of a service that gives names.
const SERVICES: &[&str] = &[
    "amazonaws.com",
    "amazonaws.com.cn",
    "api.aws",
    "amazonaws.eu",
];

/// Services whose hosts begin with a name or an id of the customer.
const NAMING: &[&str] = &[
    "aoss",
    "cache",
    "compute",
    "compute-1",
    "cloudsearch",
    "dkr",
    "dkr-ecr",
    "dkr-ecr-fips",
    "dms",
    "docdb",
    "efs",
    "eks",
    "elasticache",
    "elb",
    "es",
    "execute-api",
    "fsx",
    "iot",
    "kafka",
    "lambda-url",
    "mq",
    "neptune",
    "rds",
    "redshift",
    "redshift-serverless",
    "s3",
    "s3-accesspoint",
    "s3-control",
    "s3-fips",
    "s3-website",
    "vpce",
    "memorydb",
    "clustercfg",
];

/// Whether what follows such a host is a path of names: of a registry, of a code host.
pub(super) fn has_names_behind(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let is = |suffix: &str| is_below(&host, suffix) || host == suffix;
    SERVICES.iter().any(|suffix| is(suffix))
        || [
            "public.ecr.aws",
            "github.com",
            "bitbucket.org",
            "gitlab.com",
        ]
        .iter()
        .any(|suffix| is(suffix))
}

/// Whether a host is one of AWS, or one of its names is.
pub(super) fn is_of_aws(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    SERVICES
        .iter()
        .chain(TENANTS)
        .chain(&["ec2.internal", "compute.internal", "public.ecr.aws"])
        .any(|suffix| is_below(&host, suffix) || host == *suffix)
}

fn is_below(host: &str, suffix: &str) -> bool {
    host.strip_suffix(suffix)
        .is_some_and(|before| before.ends_with('.'))
}

impl Mapper<'_> {
    /// A host name.
    pub(super) fn host(&self, host: &str, out: &mut String) {
        let from = out.len();
        let lower = host.to_ascii_lowercase();
        let body = lower.trim_end_matches('.');
        let tail = &host[body.len()..];
        let stays = self.labels(&host[..body.len()], body, out);
        out.push_str(tail);
        if let Some(learning) = self.learning {
            if !stays && body.contains('.') {
                learning.borrow_mut().hosts.insert(body.to_owned());
            }
        } else {
            let pseudonym = out[from..].to_owned();
            self.note(Class::Host, host, &pseudonym);
        }
    }

    /// Maps what is before the part that everybody knows. Tells whether nothing is.
    fn labels(&self, host: &str, lower: &str, out: &mut String) -> bool {
        let kept = known_part(lower);
        let (before, after) = host.split_at(host.len() - kept);
        let mut labels = before.split_inclusive('.');
        if let Some(first) = labels.next() {
            self.label(first, out);
        }
        for label in labels {
            self.label(label, out);
        }
        out.push_str(after);
        before.is_empty()
    }

    fn label(&self, label: &str, out: &mut String) {
        let (name, dot) = match label.strip_suffix('.') {
            Some(name) => (name, "."),
            None => (label, ""),
        };
        match address_in(name) {
            Some((prefix, address)) => {
                out.push_str(prefix);
                let mut dotted = String::new();
                self.address(address.into(), None, &mut dotted);
                out.push_str(&dotted.replace('.', "-"));
            }
            None if account::is_account(name) => self.account(name, out),
            None => self.pieces(name, Mode::Name, out),
        }
        out.push_str(dot);
    }
}

/// The address in a name such as `ip-10-0-1-23`, which EC2 and App Runner give their machines, and
/// what stands before it.
pub(super) fn address_in(label: &str) -> Option<(&str, Ipv4Addr)> {
    if label.len() > 19 {
        return None;
    }
    let at = label.find('-')? + 1;
    let (prefix, digits) = label.split_at(at);
    let known = ["ip-", "ec2-"]
        .iter()
        .any(|it| it.eq_ignore_ascii_case(prefix));
    let address = digits.replace('-', ".").parse().ok()?;
    known.then_some((prefix, address))
}

/// How many bytes at the end of a host are not the customer's.
fn known_part(host: &str) -> usize {
    if !host.contains('.') {
        return if host == "localhost" { host.len() } else { 0 };
    }
    // Documentation and consoles are everybody's; the page to sign in begins with an account.
    if is_below(host, "aws.amazon.com") && !is_below(host, "signin.aws.amazon.com") {
        return host.len();
    }
    if let Some(suffix) = TENANTS.iter().find(|it| is_below(host, it)) {
        return suffix.len() + 1;
    }
    if let Some(suffix) = SERVICES.iter().find(|it| is_below(host, it)) {
        let before = &host[..host.len() - suffix.len() - 1];
        return host.len() - before_service(before);
    }
    if let Some(suffix) = ["ec2.internal", "compute.internal"]
        .iter()
        .find(|it| is_below(host, it))
    {
        // The label before `compute.internal` is a Region, which tells nobody.
        let before = &host[..host.len() - suffix.len() - 1];
        let name = before.find('.').unwrap_or(before.len());
        return host.len() - name;
    }
    let labels: Vec<&str> = host.split('.').collect();
    let public = match labels.as_slice() {
        [.., second, last]
            if labels.len() > 2
                && last.len() == 2
                && matches!(
                    *second,
                    "ac" | "co" | "com" | "edu" | "gob" | "gov" | "ne" | "net" | "or" | "org"
                ) =>
        {
            second.len() + last.len() + 2
        }
        [.., last] => last.len() + 1,
        [] => 0,
    };
    let before = &host[..host.len() - public];
    let owner = before.rsplit('.').next().unwrap_or(before);
    if lists::is_public_owner(owner) {
        let kept = public + owner.len() + usize::from(owner.len() < before.len());
        // Only the owner's own hosts stay as a whole: `api`, `raw`, `www`.
        return kept.min(host.len());
    }
    public
}

/// Of the labels before the suffix of AWS, the bytes of those that a customer gave.
fn before_service(before: &str) -> usize {
    let mut at = 0;
    for label in before.split('.') {
        let is_naming = NAMING.contains(&label) || label.starts_with("s3-website-");
        if is_naming {
            // The dot before belongs to what stays. A Region between the two is left as it is by
            // the words that stay.
            return at.max(1) - 1;
        }
        at += label.len() + 1;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_knows_is_told_from_what_a_customer_named() {
        let customers = |host: &'static str| &host[..host.len() - known_part(host)];
        assert_eq!(customers("build.apprunner.amazonaws.com"), "");
        assert_eq!(
            customers("111122223333.dkr.ecr.us-east-1.amazonaws.com"),
            "111122223333"
        );
        assert_eq!(
            customers("db.c9akciq32abc.us-east-1.rds.amazonaws.com"),
            "db.c9akciq32abc.us-east-1"
        );
        assert_eq!(customers("assets.s3.us-east-1.amazonaws.com"), "assets");
        assert_eq!(customers("s3.us-east-1.amazonaws.com"), "");
        assert_eq!(
            customers("75d55662e3.us-east-1.awsapprunner.com"),
            "75d55662e3.us-east-1"
        );
        assert_eq!(customers("ip-10-0-1-23.ec2.internal"), "ip-10-0-1-23");
        assert_eq!(
            customers("ip-10-0-1-23.us-west-2.compute.internal"),
            "ip-10-0-1-23"
        );
        assert_eq!(customers("github.com"), "");
        assert_eq!(customers("docs.aws.amazon.com"), "");
        assert_eq!(
            customers("widgets.signin.aws.amazon.com"),
            "widgets.signin.aws"
        );
        assert_eq!(customers("widgets.github.io"), "widgets");
        assert_eq!(customers("www.widgets.co.uk"), "www.widgets");
        assert_eq!(customers("widgets.example"), "widgets");
        assert_eq!(customers("localhost"), "");
        assert_eq!(customers("intranet-db"), "intranet-db");
    }

    #[test]
    fn the_address_in_the_name_of_a_machine_is_found() {
        assert_eq!(
            address_in("ip-10-0-1-23"),
            Some(("ip-", Ipv4Addr::new(10, 0, 1, 23)))
        );
        assert_eq!(address_in("ip-10-0-1"), None);
        assert_eq!(address_in("ip-300-0-1-2"), None);
        assert_eq!(address_in("ü-10"), None);
    }
}
