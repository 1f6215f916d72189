import RESTClient

/// Members that Sentry always sends and the look-alike has no state for, each with the value that a
/// small and quiet organization has.
/// Source: the required members of https://docs.sentry.io/api/
enum SentryConstants {
  static let organization = parsed(
    #"""
    {"allowMemberInvite":false,"allowMemberProjectCreation":false,"allowSuperuserAccess":false,
    "hasAuthProvider":false}
    """#)
  static let project = parsed(
    #"""
    {"avatar":{"avatarType":"letter_avatar","avatarUrl":null,"avatarUuid":null},
    "firstTransactionEvent":false,"hasFeedbacks":false,"hasFlags":false,
    "hasInsightsAgentMonitoring":false,"hasInsightsAppStart":false,"hasInsightsAssets":false,
    "hasInsightsCaches":false,"hasInsightsDb":false,"hasInsightsHttp":false,
    "hasInsightsMCP":false,"hasInsightsQueues":false,"hasInsightsScreenLoad":false,
    "hasInsightsVitals":false,"hasLogs":false,"hasMinifiedStackTrace":true,"hasMonitors":false,
    "hasNewFeedbacks":false,"hasProfiles":false,"hasReplays":false,"hasSessions":false,
    "hasTraceMetrics":false,"hasUserReports":false,"isInternal":false,"isPublic":false}
    """#)
  static let projectDetail = parsed(
    #"""
    {"allowedDomains":["*"],"autofixAutomationTuning":"off",
    "avatar":{"avatarType":"letter_avatar","avatarUrl":null,"avatarUuid":null},
    "builtinSymbolSources":["ios"],"dataScrubber":true,"dataScrubberDefaults":true,
    "debugFilesRole":null,"defaultEnvironment":null,"derivedGroupingEnhancements":"",
    "digestsMaxDelay":1800,"digestsMinDelay":60,"dynamicSamplingBiases":null,
    "enableAutoReleaseCreation":false,"fingerprintingRules":"","firstTransactionEvent":false,
    "groupingConfig":"newstyle:2023-01-11","groupingEnhancements":"","hasFeedbacks":false,
    "hasFlags":false,"hasInsightsAgentMonitoring":false,"hasInsightsAppStart":false,
    "hasInsightsAssets":false,"hasInsightsCaches":false,"hasInsightsDb":false,
    "hasInsightsHttp":false,"hasInsightsMCP":false,"hasInsightsQueues":false,
    "hasInsightsScreenLoad":false,"hasInsightsVitals":false,"hasLogs":false,
    "hasMinifiedStackTrace":true,"hasMonitors":false,"hasNewFeedbacks":false,
    "hasProfiles":false,"hasReplays":false,"hasSessions":false,"hasTraceMetrics":false,
    "highlightContext":{},"highlightPreset":{"context":{},"tags":[]},"highlightTags":[],
    "isDynamicallySampled":false,"isInternal":false,"isPublic":false,"options":{},
    "processingIssues":0,"relayPiiConfig":null,"resolveAge":0,"safeFields":[],
    "scmSourceContextEnabled":true,"scrapeJavaScript":true,"scrubIPAddresses":true,
    "secondaryGroupingConfig":null,"secondaryGroupingExpiry":0,
    "securityToken":"7e57d00df00d4b1d8f0c4c0ab1de4c5b","securityTokenHeader":null,
    "seerNightshiftTweaks":{},"seerScannerAutomation":false,"sensitiveFields":[],
    "storeCrashReports":null,"subjectTemplate":"$shortID - $title","symbolSources":"[]",
    "tempestFetchScreenshots":false,"verifySSL":true}
    """#)
  static let listedIssue = parsed(
    #"""
    {"filtered":null,"latestEventHasAttachments":false,"matchingEventEnvironment":null,
    "matchingEventId":null,"priorityLockedAt":null,"seerAutofixLastTriggered":null,
    "seerExplorerAutofixLastTriggered":null,"seerFixabilityScore":null,"sessionCount":0}
    """#)
  static let issue = parsed(
    #"""
    {"priorityLockedAt":null,"seerAutofixLastTriggered":null,
    "seerExplorerAutofixLastTriggered":null,"seerFixabilityScore":null,"userReportCount":0}
    """#)
  static let listedEvent = parsed(
    #"""
    {"crashFile":null}
    """#)
  static let event = parsed(
    #"""
    {"_meta":{},"context":null,"crashFile":null,"dist":null,"errors":[],"occurrence":null,
    "packages":{},"resolvedWith":[],"sdk":{"name":"sentry.python.django","version":"2.44.0"},
    "sdkUpdates":[],"userReport":null}
    """#)

  private static func parsed(_ text: String) -> [String: JSONValue] {
    guard case .object(let object)? = try? JSONValue(parsing: Array(text.utf8)) else { return [:] }
    return object
  }

  /// The look-alike's own values over the constant ones.
  static func complete(_ constants: [String: JSONValue], _ own: JSONValue) -> JSONValue {
    guard case .object(let own) = own else { return own }
    return .object(
      constants.merging(own) { constant, own in
        if case .object(let inner) = constant { return complete(inner, own) }
        return own
      })
  }
}
