//! What one source found that another one has to look at.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use evidence_schema::{manifest::Target, record::Service};

/// Keys by ARN, with the ARNs of what is encrypted with them.
type Keys = BTreeMap<String, BTreeSet<String>>;

/// What was found so far. Sources that look at it run after those that fill it.
#[derive(Debug, Default)]
pub(crate) struct Leads {
    keys: RefCell<Keys>,
    policies: RefCell<BTreeSet<String>>,
    network: RefCell<BTreeSet<String>>,
}

impl Leads {
    /// What the service itself leads to.
    pub(crate) fn of(target: &Target, service: Option<&Service>) -> Self {
        let leads = Self::default();
        if let Some(key) = service.and_then(|it| it.kms_key.as_deref()) {
            leads.key(target, key, &target.service_arn);
        }
        leads
    }

    /// Something is encrypted with a key, which AWS names by its id, its ARN or an alias.
    pub(crate) fn key(&self, target: &Target, named: &str, used_by: &str) {
        // Nobody can break the keys that AWS keeps for a whole service.
        if named.is_empty() || named.starts_with("alias/aws/") || named.contains(":alias/aws/") {
            return;
        }
        let arn = if named.starts_with("arn:") {
            named.to_owned()
        } else {
            let resource = if named.starts_with("alias/") {
                named.to_owned()
            } else {
                format!("key/{named}")
            };
            format!(
                "arn:aws:kms:{}:{}:{resource}",
                target.region, target.account
            )
        };
        let mut keys = self.keys.borrow_mut();
        keys.entry(arn).or_default().insert(used_by.to_owned());
    }

    /// A role has a managed policy.
    pub(crate) fn policy(&self, arn: &str) {
        // Those of AWS change without an event in the account.
        if !arn.contains(":iam::aws:") {
            self.policies.borrow_mut().insert(arn.to_owned());
        }
    }

    /// The managed policies of the account that were found.
    pub(crate) fn policies(&self) -> Vec<String> {
        self.policies.borrow().iter().cloned().collect()
    }

    /// Traffic goes through these subnets, security groups, route tables and NAT gateways.
    pub(crate) fn through(&self, ids: &[String]) {
        self.network.borrow_mut().extend(ids.iter().cloned());
    }

    /// The ids of what traffic goes through.
    pub(crate) fn network(&self) -> Vec<String> {
        self.network.borrow().iter().cloned().collect()
    }

    /// The keys that were found.
    pub(crate) fn keys(&self) -> Vec<(String, Vec<String>)> {
        let keys = self.keys.borrow();
        keys.iter()
            .map(|(key, used_by)| (key.clone(), used_by.iter().cloned().collect()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_however_it_is_named_and_the_keys_of_aws_are_none() {
        let target = Target {
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            service_name: String::new(),
            service_id: String::new(),
            service_arn: String::new(),
        };
        let leads = Leads::default();
        leads.key(&target, "1234", "b");
        leads.key(&target, "arn:aws:kms:us-east-1:111122223333:key/1234", "a");
        leads.key(&target, "alias/shop", "c");
        leads.key(&target, "alias/aws/ssm", "d");
        let keys = leads.keys();
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[0].0, "arn:aws:kms:us-east-1:111122223333:alias/shop");
        assert_eq!(keys[1].1, ["a", "b"]);
    }
}
