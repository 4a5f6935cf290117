//! Security groups.

use super::VPC;
use crate::account::{
    Problem, VpcConnector,
    stated::{RuleText, SecurityGroupText},
};

/// A security group.
#[derive(Clone, Debug)]
pub struct SecurityGroup {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The VPC.
    pub vpc: String,
    /// What may leave.
    pub egress: Vec<Rule>,
    /// What may enter.
    pub ingress: Vec<Rule>,
}

/// What a security group lets through.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The protocol; `-1`: all.
    pub protocol: String,
    /// The first and the last port; missing for all.
    pub ports: Option<(i32, i32)>,
    /// Address ranges, security groups and prefix lists.
    pub peers: Vec<String>,
}

pub(super) fn resolve(
    stated: Vec<SecurityGroupText>,
    connectors: &[VpcConnector],
) -> Result<Vec<SecurityGroup>, Problem> {
    let mut groups = Vec::<SecurityGroup>::new();
    let used = connectors
        .iter()
        .flat_map(|connector| &connector.security_groups);
    for id in used.chain(stated.iter().map(|text| &text.id)) {
        if groups.iter().all(|known| known.id != *id) {
            groups.push(healthy(id));
        }
    }
    for text in stated {
        if text.exists == Some(false) {
            groups.retain(|known| known.id != text.id);
            continue;
        }
        let Some(group) = groups.iter_mut().find(|known| known.id == text.id) else {
            continue;
        };
        if let Some(name) = text.name {
            group.name = name;
        }
        if let Some(vpc) = text.vpc {
            group.vpc = vpc;
        }
        if let Some(egress) = text.egress {
            group.egress = rules(egress)?;
        }
        if let Some(ingress) = text.ingress {
            group.ingress = rules(ingress)?;
        }
    }
    Ok(groups)
}

/// What a new security group is: everything may leave, nothing may enter.
fn healthy(id: &str) -> SecurityGroup {
    SecurityGroup {
        id: id.to_owned(),
        name: format!("group-{}", &id[id.len().saturating_sub(4)..]),
        vpc: VPC.to_owned(),
        egress: vec![Rule {
            protocol: "-1".to_owned(),
            ports: None,
            peers: vec!["0.0.0.0/0".to_owned()],
        }],
        ingress: Vec::new(),
    }
}

fn rules(texts: Vec<RuleText>) -> Result<Vec<Rule>, Problem> {
    let rule = |text: RuleText| {
        let ports = match &text.ports {
            None => None,
            Some(ports) => Some(range(ports.get_ref()).ok_or_else(|| {
                Problem::at(
                    ports.span(),
                    "ports are written as \"443\" or \"1024-2048\"",
                )
            })?),
        };
        let all = if ports.is_some() { "tcp" } else { "-1" };
        Ok(Rule {
            protocol: text.protocol.unwrap_or_else(|| all.to_owned()),
            ports,
            peers: text.peers,
        })
    };
    texts.into_iter().map(rule).collect()
}

fn range(text: &str) -> Option<(i32, i32)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
}
