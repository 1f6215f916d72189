import JiraClient
import RESTClient
import SentryClient

extension JiraProjectRecord {
  init(_ project: JiraProject) {
    self.init(
      jiraID: project.id, key: project.key.storable, name: project.name.storable,
      description: project.description?.storable, projectType: project.projectTypeKey?.storable,
      category: project.categoryName?.storable, leadAccountID: project.lead?.accountID.storable,
      leadDisplayName: project.lead?.displayName.storable, avatarURL: project.avatarURL?.storable,
      archived: project.archived)
  }
}

extension SentryProjectRecord {
  init(_ project: SentryProject) {
    self.init(
      sentryID: project.id, slug: project.slug.storable, name: project.name.storable,
      platform: project.platform?.storable)
  }
}

extension StoredJiraProject {
  /// As a dry run reads a project that is not stored: under an id that no project has.
  init(discovered record: JiraProjectRecord, organizationID: Int64) {
    self.init(
      id: -record.jiraID, organizationID: organizationID, jiraID: record.jiraID, key: record.key,
      syncEnabled: true)
  }
}

extension StoredSentryProject {
  /// As a dry run reads a project that is not stored: under an id that no project has.
  init(discovered record: SentryProjectRecord, organizationID: Int64) {
    self.init(
      id: -record.sentryID, organizationID: organizationID, sentryID: record.sentryID,
      slug: record.slug)
  }
}
