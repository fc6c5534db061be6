//! What the company does: eight divisions of eight departments, and who works there.

pub(super) struct Division {
    pub name: &'static str,
    /// Title of the person who leads it and reports to the chief executive.
    pub chief: &'static str,
    /// Titles of those who lead nobody, apart by comma.
    titles: &'static str,
    /// Work without a desk: machines, lorries, shop floors.
    pub frontline: bool,
    /// Eight, apart by comma.
    departments: &'static str,
}

impl Division {
    pub fn titles(&self) -> impl Iterator<Item = &'static str> {
        self.titles.split(", ")
    }

    pub fn departments(&self) -> impl Iterator<Item = &'static str> {
        self.departments.split(", ")
    }
}

pub(super) static DIVISIONS: [Division; 8] = [
    Division {
        name: "Manufacturing",
        chief: "Chief Production Officer",
        titles: "Machine Operator, Assembly Technician, Quality Inspector, Maintenance Technician",
        frontline: true,
        departments: "Body Shop, Paint Shop, Final Assembly, Quality, Maintenance, Tooling, Foundry, Safety",
    },
    Division {
        name: "Logistics",
        chief: "Chief Logistics Officer",
        titles: "Driver, Warehouse Associate, Forklift Operator, Dispatcher",
        frontline: true,
        departments: "Inbound, Outbound, Fleet, Warehouse North, Warehouse South, Customs, Returns, Planning",
    },
    Division {
        name: "Retail",
        chief: "Chief Retail Officer",
        titles: "Sales Associate, Cashier, Visual Merchandiser, Workshop Mechanic",
        frontline: true,
        departments: "City Stores, Outlet Stores, Workshops, Store Design, Merchandise, Online Shop, Store Opening, Gift Cards",
    },
    Division {
        name: "Sales",
        chief: "Chief Sales Officer",
        titles: "Account Executive, Sales Engineer, Sales Assistant, Key Account Manager",
        frontline: false,
        departments: "Key Accounts, Inside Sales, Partners, Public Sector, Export, Pricing, Customer Care, Leasing",
    },
    Division {
        name: "Technology",
        chief: "Chief Technology Officer",
        titles: "Software Engineer, Systems Engineer, Test Engineer, Product Designer",
        frontline: false,
        departments: "Platform, Web, Embedded Systems, Data, Information Security, Workplace IT, Research, Design",
    },
    Division {
        name: "Marketing",
        chief: "Chief Marketing Officer",
        titles: "Campaign Manager, Copywriter, Graphic Designer, Market Analyst",
        frontline: false,
        departments: "Brand, Events, Press, Market Research, Social Media, Content, Sponsoring, Studio",
    },
    Division {
        name: "Finance",
        chief: "Chief Financial Officer",
        titles: "Accountant, Controller, Payroll Specialist, Buyer",
        frontline: false,
        departments: "Accounting, Controlling, Payroll, Purchasing, Treasury, Tax, Legal, Internal Audit",
    },
    Division {
        name: "People and Culture",
        chief: "Chief People Officer",
        titles: "Recruiter, Trainer, HR Specialist, Facility Manager",
        frontline: false,
        departments: "Recruiting, Learning, HR Services, Facilities, Health, Apprentices, Communications, Works Council Office",
    },
];
